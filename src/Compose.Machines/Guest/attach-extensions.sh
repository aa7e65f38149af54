# Makes disks that the host attached into system extensions. Lines "attach SERIAL NAME" follow.
#
# systemd takes a block device for an extension if its name has no suffix. The image's own extension of the same name
# gives way.

attach() {
    local entry tries
    for ((tries = 0; tries < 150; tries++)); do
        for entry in /sys/block/vd*; do
            if [[ -r $entry/serial && $(<"$entry/serial") == "$1" ]]; then
                rm -rf -- "/etc/extensions/$2.raw" "/etc/extensions/$2.sysext.raw" "/etc/extensions/$2"
                ln -s -- "/dev/${entry##*/}" "/etc/extensions/$2"
                return
            fi
        done
        sleep 0.2
    done
    echo "There is no disk with the serial number $1 for the extension $2." >&2
    exit 1
}

mkdir -p /etc/extensions
