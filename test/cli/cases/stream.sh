# nc-run --stream: a prediction after each step, from a file or a pipe; after T
# steps it is what a run over the same frames predicts.
cat > net.txt <<'TXT'
snn eyes T=4 encoding=events classes=["left", "right"]
  in   = input(shape=[2, 4, 4], step=1, high=15)
  flat = flatten() <- in
  fc   = affine(weight=i8[2, 32]{9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, 9, 9}) <- flat
  n    = if(threshold=i8[1]{10}) <- fc
  fc2  = affine(weight=i8[2, 2]{1, 0, 0, 1}) <- n
  out  = output() <- fc2
TXT
nc-as net.txt -o net.snn
cat > events.txt <<'TXT'
# microseconds column row polarity
100 0 0 1
150 1 2 0
1200 3 1 1
1300 2 2 1
1400 3 3 0
1500 2 0 1
3700 0 1 0
4200 3 1 1
4300 2 1 1
4400 3 2 1
TXT
nc-run net.snn --stream events.txt --window 1000
echo '-- a pipe'
nc-run net.snn --stream - --window 1000 --reset-after 2 < events.txt
echo '-- what is refused'
nc-run net.snn --stream events.txt
nc-run net.snn --stream events.txt --window 1000 --engine reference
nc-run net.snn --stream events.txt --window 1000 --sensor 8x8
nc-run net.snn --stream events.txt --window 1000 --format tape
printf '100 0 0 1\n90 0 0 1\n' | nc-run net.snn --stream - --window 1000
