# Makes disks that the host attached into extensions. Lines "attach SERIAL NAME" and "attach_configuration SERIAL NAME"
# follow.
#
# The disks are copied: systemd would take a block device too, but up to version 257 it then looks for the release file
# of an extension with the device's name. The image's own extension of the same name gives way.

copies=/var/lib/compose-extensions

copy() {
    local entry tries
    for ((tries = 0; tries < 150; tries++)); do
        for entry in /sys/block/vd*; do
            if [[ -r $entry/serial && $(<"$entry/serial") == "$1" ]]; then
                cat "/dev/${entry##*/}" >"$copies/$2.raw"
                return
            fi
        done
        sleep 0.2
    done
    echo "There is no disk with the serial number $1 for the extension $2." >&2
    exit 1
}

attach() {
    copy "$1" "$2"
    rm -rf -- "/etc/extensions/$2.raw" "/etc/extensions/$2.sysext.raw" "/etc/extensions/$2"
    ln -s -- "$copies/$2.raw" "/etc/extensions/$2.raw"
}

# A copy in /var/lib stands above the image's own in /usr/lib.
attach_configuration() {
    copy "$1" "$2"
    ln -sf -- "$copies/$2.raw" "/var/lib/confexts/$2.raw"
}

set -e
mkdir -p /etc/extensions /var/lib/confexts "$copies"
