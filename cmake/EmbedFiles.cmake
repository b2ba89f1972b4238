# Run by `cmake -P`: writes a C++ source OUTPUT whose function FUNCTION() (which
# HEADER declares) gives the contents of FILES, which lie below ROOT.
set(entries "")
foreach(file IN LISTS FILES)
  file(READ ${ROOT}/${file} content)
  # String literals are cut: compilers are not asked to take very long ones.
  string(LENGTH "${content}" length)
  set(literal "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${content}" ${at} 8000 piece)
    string(APPEND literal "R\"ncc(${piece})ncc\"\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND entries "{\"${file}\",\n${literal}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace nc {

std::span<const EmbeddedFile> ${FUNCTION}() {
  static const EmbeddedFile files[] = {
${entries}};
  return files;
}

}  // namespace nc
")
