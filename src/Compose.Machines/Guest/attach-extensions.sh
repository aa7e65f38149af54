# Makes disks that the host attached into system extensions. Lines "attach SERIAL NAME" follow.
#
# The disks are copied: systemd would take a block device too, but up to version 257 it then looks for the release file
# of an extension with the device's name. The image's own extension of the same name gives way.

copies=/var/lib/compose-extensions

attach() {
    local entry tries
    for ((tries = 0; tries < 150; tries++)); do
        for entry in /sys/block/vd*; do
            if [[ -r $entry/serial && $(<"$entry/serial") == "$1" ]]; then
                cat "/dev/${entry##*/}" >"$copies/$2.raw"
                rm -rf -- "/etc/extensions/$2.raw" "/etc/extensions/$2.sysext.raw" "/etc/extensions/$2"
                ln -s -- "$copies/$2.raw" "/etc/extensions/$2.raw"
                return
            fi
        done
        sleep 0.2
    done
    echo "There is no disk with the serial number $1 for the extension $2." >&2
    exit 1
}

set -e
mkdir -p /etc/extensions "$copies"
