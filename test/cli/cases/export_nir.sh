# nc-export-nir: what is written, what is refused, what is said.
cat > net.txt <<'NET'
snn net  T=4
  in  = input(shape=[2], step=1, low=0, high=9)
  fc  = affine(weight=i8[3, 2]{~1}) <- in
  n   = if(threshold=i8[3]{5, 6, 7}) <- fc
  fc2 = affine(weight=i8[2, 3]{~2}) <- n
  out = output() <- fc2
NET
nc-as net.txt -o net.snn
for profile in generic snntorch norse spikingjelly sinabs exact; do
  nc-export-nir net.snn -o $profile.nir --profile $profile --loader --json - | grep -v version
  head -n 1 load_$profile.py
done
nc-export-nir net.snn -o - | cmp - generic.nir
cat net.snn | nc-export-nir - -o piped.nir --profile exact && cmp piped.nir exact.nir
nc-export-nir net.snn -o x.nir --profile keras; echo $?
nc-export-nir net.snn; echo $?
nc-export-nir net.snn -o - --loader; echo $?
# Refused before anything is written, all nodes by name.
sed 's/threshold=i8\[3\]{5, 6, 7}/threshold=i8[1]{5}, signed=true/; s/output() <- fc2/output() <- m/' net.txt > other.txt
sed -i 's/  out =/  m   = lif(threshold=i8[1]{5}, decay=i16[1]{4000}) <- fc2\n  out =/' other.txt
nc-as other.txt -o other.snn
: > other.nir
nc-export-nir other.snn -o other.nir --profile snntorch; echo $?
wc -c < other.nir
nc-export-nir other.snn -o other.nir; echo $?
# A network that does not spike.
printf 'snn ann\n  in = input(shape=[2])\n  r = relu() <- in\n  out = output() <- r\n' > ann.txt
nc-as ann.txt -o ann.snn
nc-export-nir ann.snn -o ann.nir; echo $?
ls
