# Runs commands for the host of a virtual machine. GuestChannel.cs is the other end.
#
# On start:  hello PROTOCOL BOOT-ID SESSION
# Request:   run SESSION ID SECONDS LIMIT SCRIPT-SIZE INPUT-SIZE, a newline, the script's bytes, the input's bytes
# Answer:    result ID EXIT-CODE TIMED-OUT OUTPUT-SIZE ERROR-SIZE BASE64(output) BASE64(error)
#
# Sizes are in bytes; of output and error only LIMIT bytes each are sent. What the host had sent to an agent before
# this one names another session, or does not begin with "run", and is passed over.

work=${COMPOSE_AGENT_DIRECTORY:-/run/compose-agent}
port=${COMPOSE_AGENT_PORT:-}

# Found without udev's links, which come later than the device itself.
until [[ $port ]]; do
    for entry in /sys/class/virtio-ports/*; do
        if [[ -r $entry/name && $(<"$entry/name") == compose.agent && -c /dev/${entry##*/} ]]; then
            port=/dev/${entry##*/}
        fi
    done
    [[ $port ]] || sleep 0.2
done

mkdir -p "$work"
chmod 0700 "$work"
exec 3<>"$port" || exit
session=$(</proc/sys/kernel/random/uuid)
# The newline ends what an agent before this one may have left unfinished.
printf '\nhello 1 %s %s\n' "$(</proc/sys/kernel/random/boot_id)" "$session" >&3

while IFS=' ' read -r -u 3 verb addressee id seconds limit script_size input_size; do
    [[ $verb == run && $addressee == "$session" ]] || continue
    head -c "$script_size" <&3 >"$work/script"
    head -c "$input_size" <&3 >"$work/input"

    start=$SECONDS
    (cd / && exec timeout --kill-after=5 "$seconds" bash "$work/script") \
        <"$work/input" >"$work/output" 2>"$work/error" 3>&-
    code=$?
    # 124 and 137 are timeout's own codes, but a script may end with them too.
    timed_out=0
    if [[ $code == 124 || $code == 137 ]] && ((SECONDS - start >= seconds)); then
        timed_out=1
    fi

    {
        printf 'result %s %s %s ' "$id" "$code" "$timed_out"
        stat --printf '%s ' "$work/output" "$work/error"
        head -c "$limit" "$work/output" | base64 -w 0
        printf ' '
        head -c "$limit" "$work/error" | base64 -w 0
        printf '\n'
    } >&3
done

# The host's end is closed. systemd starts the agent again.
