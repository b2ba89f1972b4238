# Vitis HLS: vitis_hls -f vitis.tcl csim=1 synth=1 cosim=0 export=0
#                      part=xc7z020clg400-1 clock=10
array set want {
  csim 1 synth 1 cosim 0 export 0
  part xc7z020clg400-1 clock 10
}
foreach words $argv {
  foreach word $words {
    if {![regexp {^(\w+)=(.+)$} $word -> name value]} continue
    if {![info exists want($name)]} {
      error "expected one of [lsort [array names want]], found '$name'"
    }
    set want($name) $value
  }
}

open_project -reset vitis
set_top network
add_files snn.cpp -cflags "-std=c++14 -I."
add_files -tb tb.cpp -cflags "-std=c++14 -I."
add_files -tb tb_data
open_solution -reset solution
set_part $want(part)
create_clock -period $want(clock)
if {$want(csim)} csim_design
if {$want(synth)} csynth_design
if {$want(cosim)} { cosim_design -argv cosim }
if {$want(export)} { export_design -format ip_catalog }
exit
