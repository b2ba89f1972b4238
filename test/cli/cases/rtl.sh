# needs torch
# The bundled CNN as Verilog: what is written, checked, built and refused.
for tool in verilator iverilog yosys make python3; do
  command -v $tool > /dev/null || { echo "SKIPPED, needs $tool"; exit; }
done
ncc $DATA/fashion_cnn.pt --target=rtl -T 2 -Wexport,-P,4 -q -o net.snn > summary.txt 2>&1
grep -o 'hardware .*' summary.txt
ls -A net.rtl net.rtl/verilog net.rtl/constraints
make -s -C net.rtl lint
nc-hls net.snn --rtl -o net.rtl; echo "status $?"
nc-hls net.snn --rtl -o net.rtl --device ecp5-85f --force --json report.json
grep -A6 '"cycles"' report.json; cmp report.json net.rtl/report.json
cat net.rtl/device.mk
# Known before any work.
ncc $DATA/fashion_cnn.pt --target=rtl --schedule exact -o exact.snn; echo "status $?"
ncc $DATA/fashion_cnn.pt --target=rtl -T 2 -o net.snn; echo "status $?"
make -s -C net.rtl bitstream DEVICE=up5k > said.txt 2>&1; echo "status $?"; cut -d';' -f1 said.txt | head -n 1; rm said.txt
# Interrupted, whenever: a whole folder or none, and nothing beside it.
for wait in 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8; do
  timeout -s INT $wait nc-hls net.snn --rtl -P 8 -o part > /dev/null 2>&1
  [ ! -e part ] || { [ -e part/.nc-hls ] && rm -r part; }
done
ls | grep part
mkdir mine; touch mine/file
nc-hls net.snn --rtl -o mine --force; echo "status $?"
nc-hls net.snn --rtl -o small --device hx8k; echo "status $?"
nc-hls net.snn --rtl -o small --device moon; echo "status $?"
nc-hls net.snn --rtl -o odd -P 3; echo "status $?"
nc-hls net.snn -o odd -P 4; echo "status $?"
nc-hls net.snn --rtl -o odd --io stream; echo "status $?"
cat > net.txt <<'NET'
snn tiny T=4
  in  = input(shape=[6], step=0.5, low=-20, high=200)
  fc  = affine(weight=i8[4, 6]{~1}, bias=i8[4]{~2}) <- in
  if1 = if(threshold=i16[4]{900, 700, 500, 300}, signed=true) <- fc
  late = delay(steps=i8[1]{2}) <- if1
  fc2 = affine(weight=i8[3, 4]{~3}) <- late
  out = output(scale=0.125) <- fc2
NET
nc-as net.txt -o delayed.snn && nc-hls delayed.snn --rtl -o odd
grep -v delay net.txt | sed 's/late/if1/' | nc-as - -o tiny.snn
nc-hls tiny.snn --rtl -o tiny -P 2 && make -s -C tiny sim report > made.txt
head -12 made.txt
ls
