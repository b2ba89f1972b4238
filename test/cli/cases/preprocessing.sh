# mean and std of the data are those of the network, folded or not, or refused.
python3 - <<'PY'
import zipfile
head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 1, 2), }"
head += b" " * (127 - 10 - len(head)) + b"\n"
with zipfile.ZipFile("x.npz", "w") as file:
    file.writestr("x.npy", b"\x93NUMPY\x01\x00" + bytes([len(head), 0]) + head
                  + bytes(range(0, 240, 20)))
PY
net() { cat - <(echo "$1") <<'NET' | nc-as - -o net.snn
snn tiny low=0 high=255 whole=true
  in  = input(shape=[2, 1, 2])
  out = output() <- in
NET
}
run() { nc-run net.snn --engine reference -q --data "$1" > out.txt; echo "$1: $?"; }
all() {
  for words in mean=0.5,std=0.25 mean=0.5:0.5,std=0.25:0.25 \
    mean=0.5:0.6,std=0.25 mean=0.5 std=1; do run x.npz,$words; done
  run x.npz
}
net '; nc-calibrate --data "cifar10:d,mean=0.5,std=.25" ; nc-fold'; all
net '; nc-calibrate --method bn ; nc-fold'; all
net '# no history'; all
sed 's/whole=true/whole=true scale=0.00392156862745098 mean=[0.5] std=[0.25]/' <<'NET' |
snn tiny low=0 high=255 whole=true
  in  = input(shape=[2, 1, 2])
  out = output() <- in
NET
  nc-as - -o net.snn; all
