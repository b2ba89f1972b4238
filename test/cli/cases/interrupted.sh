# A full disk, places that cannot be written, and signals leave no file that is
# not whole, and nothing in the folder for temporary files.
export TMPDIR=$PWD/tmp; mkdir tmp
cat > net.txt <<'NET'
snn tiny
  in  = input(shape=[400])
  fc  = affine(weight=f32[300, 400]{~1}) <- in
  act = qcfs(threshold=f32[1]{1}, levels=4) <- fc
  out = output() <- act
; nc-calibrate
NET
nc-as net.txt -o net.snn
# The place for temporary files is used: nc-fold writes there.
spike() { ncc net.snn --target=ir -q -Wspike,--input-range,0:255 "$@"; }
left() { echo "status $?"; ls; ls tmp; }

spike -o out.snn > /dev/null; left
cp out.snn old.snn
(trap '' XFSZ; ulimit -f 1; spike -T 8 -o out.snn) 2> error; left
sed 's#ncc-[^/]*#TEMP#' error; rm error
bash -c 'ulimit -f 1 -c 0; nc-as net.txt -o new.snn; exit $?' 2> /dev/null; left
cmp out.snn old.snn && echo the old file is as it was
rm out.snn old.snn
spike -o net.txt/out.snn; left
spike -o /dev/full; left
spike -o out.snn --json no/such/folder.json > /dev/null; left
spike -o out.snn > /dev/full; left
nc-dis out.snn > /dev/full; left
nc-dis out.snn --history > /dev/full; left
nc-run out.snn --verify --engine reference --json /dev/full

# The last stage writes more into the pipe than it takes unread.
rm out.snn; mkfifo pipe
ncc net.snn --target=ir -o pipe -Wspike,--input-range,0:255 & compiling=$!
exec 3< pipe
ls tmp | sed 's/ncc-.*/a folder/'
kill $compiling; wait $compiling; left
exec 3<&-
spike -o pipe & compiling=$!
exec 3< pipe 3<&-
wait $compiling; left
