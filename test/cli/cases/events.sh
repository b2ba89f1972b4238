# needs torch
# Event recordings through the whole chain: a network that tells left from
# right, calibrated on the mean of 4 frames, then given frame by frame.
event() {  # X Y MICROSECONDS: an ON event of N-MNIST
  printf "\\x$(printf %02x "$1")\\x$(printf %02x "$2")\\x80"
  printf "\\x$(printf %02x $(($3 / 256)))\\x$(printf %02x $(($3 % 256)))"
}
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  for part in Train Test; do
    digit=$((i % 2)) && mkdir -p $part/$digit
    for t in 0 10 20 30 40 50 60 70; do
      event $((digit * 17 + (i + t) % 17)) $((t / 3)) $((1000 * i + t))
    done > $part/$digit/$(printf %05d.bin $i)
  done
done
cat > net.txt <<'NET'
snn sides
  in   = input(shape=[2, 2, 2])
  flat = reshape(shape=[8]) <- in
  fc   = affine(weight=f32[2, 8]{0, 0, 0, 0, 1, 0, 1, 0,  0, 0, 0, 0, 0, 1, 0, 1}) <- flat
  relu = relu() <- fc
  last = affine(weight=f32[2, 2]{1, 0, 0, 1}) <- relu
  out  = output() <- last
NET
nc-as net.txt -o ann.snn
data=nmnist:.,shrink=17
nc-run ann.snn --data $data,steps=4 --engine reference -q | sed 's/, [0-9.]* s$//'
nc-calibrate ann.snn --data $data -T 4 --samples 8 -q -o - | nc-fold - -o - |
  nc-spike - -T 4 --encoding events -o net.snn
nc-dis net.snn | head -2
for engine in reference torch loihi; do
  nc-run net.snn --verify --engine $engine
  nc-run net.snn --data $data --engine $engine -q | sed 's/, [0-9.]* s$//'
done
nc-run ann.snn --data $data
nc-run net.snn --data $data,steps=8
nc-run net.snn --data nmnist:.,shrink=3
printf '\001\002' > Test/0/00002.bin && nc-run net.snn --data $data
