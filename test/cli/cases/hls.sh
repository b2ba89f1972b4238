# needs torch
# The bundled CNN as hardware: what is written, checked, used and refused.
for tool in g++ make; do
  command -v $tool > /dev/null || { echo "SKIPPED, needs $tool"; exit; }
done
ncc $DATA/fashion_cnn.pt --target=hls -T 4 -q -o net.snn > summary.txt 2>&1
grep -o 'hardware .*' summary.txt
ls -A net.hls
make -s -C net.hls csim
make -s -C net.hls report | grep step_
nc-hls net.snn -o net.hls; echo "status $?"
nc-hls net.snn -o net.hls --io stream --reuse-factor 8 --memory bram --force --json report.json | cat
grep -A5 '"cycles"' report.json; cmp report.json net.hls/report.json
make -s -C net.hls csim
make -s -C net.hls lint | tail -n 1
make -s -C net.hls bitstream > said.txt 2>&1; echo "status $?"; grep folder said.txt; rm said.txt
# The folder is in the way: said before any work.
ncc $DATA/fashion_cnn.pt --target=hls -T 4 -q -o net.snn; echo "status $?"
mkdir mine; touch mine/file
nc-hls net.snn -o mine --force; echo "status $?"
nc-hls net.snn -o narrow --max-bits 10; echo "status $?"
nc-import $DATA/fashion_cnn.pt -o ann.snn
nc-hls ann.snn -o ann; echo "status $?"
nc-hls net.snn -o other --io flow; echo "status $?"
ls
# predict, from Python, is what nc-run gives.
cat > net.txt <<'NET'
snn tiny T=5 scale=0.5 mean=[3, 4] std=[2, 5] low=0 high=255 whole=true
  in  = input(shape=[2, 3, 1], step=0.25, low=-20, high=200)
  flat = flatten() <- in
  fc  = affine(weight=i8[4, 6]{~1}, bias=i8[4]{~2}) <- flat
  if1 = if(threshold=i16[4]{900, 700, 500, 300}, signed=true) <- fc
  fc2 = affine(weight=i8[3, 4]{~3}) <- if1
  out = output(scale=0.125) <- fc2
NET
nc-as net.txt -o tiny.snn && nc-hls tiny.snn -o tiny && make -s -C tiny lib
python3 - <<'PY'
import array, ctypes, json, zipfile
snn = ctypes.CDLL("./tiny/libsnn.so")
snn.predict_metadata.restype = snn.predict_error.restype = ctypes.c_char_p
about = json.loads(snn.predict_metadata())
print(about["input_shape"], about["output_shape"], about["layers"])
stored = array.array("d", [i * i % 251 for i in range(9 * 6)])
x, y = array.array("i", [0] * 54), array.array("d", [0] * 27)
at = lambda a: ctypes.c_void_p(a.buffer_info()[0])
snn.quantize(at(stored), ctypes.c_int64(9), at(x))
print(snn.predict(at(x), ctypes.c_int64(9), at(y)))
open("predicted.txt", "w").write("".join(f"{v!r}\n" for v in y))
x[7] = 1000
print(snn.predict(at(x), ctypes.c_int64(9), at(y)), snn.predict_error())
head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (9, 2, 3, 1), }"
head += b" " * (127 - 10 - len(head)) + b"\n"
with zipfile.ZipFile("x.npz", "w") as file:
    file.writestr("x.npy", b"\x93NUMPY\x01\x00" + bytes([len(head), 0]) + head
                  + bytes(int(v) for v in stored))
PY
nc-run tiny.snn --data x.npz --engine reference --outputs y.h5 -q > /dev/null
python3 - <<'PY'
import struct
predicted = [float(line) for line in open("predicted.txt")]
wanted = struct.pack("<27d", *predicted)
print("predict is nc-run:", wanted in open("y.h5", "rb").read())
PY
# A network that came as NIR, from another tool; feedback included.
ncc $DATA/nir/conv.nir --target=hls -T 10 --data $DATA/nir/spikes.npz -q \
  -o conv.snn > said.txt 2>&1 || cat said.txt
make -s -C conv.hls csim
ncc $DATA/nir/recurrent.nir --target=hls --dt 1e-3 -T 20 -q \
  -o recurrent.snn -Wspike,--input-range,0:2 > said.txt 2>&1 || cat said.txt
make -s -C recurrent.hls csim
