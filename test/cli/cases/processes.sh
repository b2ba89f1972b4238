# Several processes share the data: the same result as one, and none waits for
# ever for one that has died.
# needs torch
cat > net.txt <<'TXT'
snn net T=4
  in   = input(shape=[4], step=1, high=255)
  fc   = affine(weight=i8[3, 4]{9, -7, 5, 3, -8, 6, 4, 2, 1, 1, -1, 5}) <- in
  n    = if(threshold=i16[1]{900}) <- fc
  out  = output() <- n
TXT
nc-as net.txt -o net.snn
python3 - <<'PY'
import struct, zipfile
def npy(shape, kind, data):
    head = repr({"descr": kind, "fortran_order": False, "shape": shape}).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + data
n = 101
x = bytes((37 * i * i + 11 * i) % 256 for i in range(4 * n))
y = bytes((i * 7 // 3) % 3 for i in range(n))
with zipfile.ZipFile("d.npz", "w") as out:
    out.writestr("x.npy", npy((n, 4), "|u1", x))
    out.writestr("y.npy", npy((n,), "|u1", y))
PY
export MASTER_PORT=$PORT

together() {  # SIZE WORDS...: the first process speaks
  local size=$1 rank
  shift
  for ((rank = 1; rank < size; ++rank)); do
    RANK=$rank WORLD_SIZE=$size "$@" > other.out 2> other.err &
  done
  RANK=0 WORLD_SIZE=$size "$@"
  local status=$?
  wait
  return $status
}

facts() {  # what must not depend on the number of processes
  python3 -c "import json, sys; d = json.load(open(sys.argv[1]))
print(d['processes'], d['samples'], d['correct'], d['layers'])" "$1"
}

nc-run net.snn --data d.npz -q --json one.json --outputs one.h5 > /dev/null
facts one.json
for size in 2 4; do
  together $size nc-run net.snn --data d.npz -q --json $size.json \
    --outputs $size.h5 > /dev/null
  facts $size.json
  cmp one.h5 $size.h5 && echo "the same outputs"
done

echo '-- started by Open MPI'
OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 nc-run net.snn --data d.npz -q \
  > /dev/null &
OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 nc-run net.snn --data d.npz -q \
  --json mpi.json > /dev/null
wait
facts mpi.json

short() { sed 's/ (.*//' "$1"; }  # without what LibTorch says of it

echo '-- a process that never comes'
RANK=0 WORLD_SIZE=2 nc-run net.snn --data d.npz --patience 2 2> err
echo "status $?"
short err | sed "s/$MASTER_PORT/PORT/"

echo '-- one that dies'
RANK=1 WORLD_SIZE=2 nc-run net.snn --data absent.npz 2> other.err &
RANK=0 WORLD_SIZE=2 nc-run net.snn --data d.npz -q 2> err
echo "status $?"
wait
short err
cat other.err

echo '-- what needs one process'
together 2 nc-run net.snn --data d.npz --hash
