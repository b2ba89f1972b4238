# Bad input: one line, status 1, no output file left.
try() { "$@"; echo "status $?"; ls; }
cat > net.txt <<'NET'
snn tiny
  in  = input(shape=[2])
  fc  = affine(weight=f32[3, 2]{~1}) <- in
  out = output() <- fc
NET
nc-as net.txt -o good.snn
try nc-fold absent.snn -o out.snn
head -c 3000 good.snn > short.snn
try nc-fold short.snn -o out.snn
rm short.snn
python3 - <<'PY'
data = bytearray(open('good.snn', 'rb').read())
data[len(data) // 2] ^= 4
open('flipped.snn', 'wb').write(data)
open('text.snn', 'w').write('this is no network\n')
PY
try nc-fold flipped.snn -o out.snn
try nc-fold text.snn -o out.snn
rm flipped.snn text.snn
: > empty.snn
try nc-fold empty.snn -o out.snn
rm empty.snn
try nc-fold good.snn -o no/such/folder/out.snn
try nc-spike good.snn --bits 77 -o out.snn
try nc-run good.snn
try nc-run good.snn --data no-such-data --engine reference
try nc-run good.snn --verify --engine reference
try ncc good.snn --target=moon -o out.snn
try nc-fold good.snn -o /dev/full
nc-fold good.snn -o - > /dev/full; echo "status $?"
