# Wrong words end with status 2 and one line.
nc-fold; echo $?
nc-run x.snn --no-such-option; echo $?
nc-spike x.snn -T minus; echo $?
ncc; echo $?
nc-run net.snn --verify --threads -1; echo "status $?"
nc-run net.snn --verify --repeat 0; echo "status $?"
