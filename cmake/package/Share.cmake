# cmake -DROPEWALK=program -DSHARE=folder [-DSCDOC=scdoc] -P Share.cmake: what the program says of itself, as files.
file(REMOVE_RECURSE ${SHARE})
file(MAKE_DIRECTORY ${SHARE}/home)

# Without what the user of this machine has set: the files are for others.
function(ropewalk_says file)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=ROPEWALK_PLUGIN_PATH --unset=XDG_CONFIG_HOME --unset=XDG_DATA_HOME
            --unset=XDG_CACHE_HOME HOME=${SHARE}/home ${ROPEWALK} ${ARGN}
    OUTPUT_FILE ${file} WORKING_DIRECTORY ${SHARE} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(shell bash zsh fish)
  ropewalk_says(${SHARE}/ropewalk.${shell} completion ${shell})
endforeach()
ropewalk_says(${SHARE}/workflow.schema.json schema)
if(SCDOC)
  ropewalk_says(${SHARE}/pages __man)
  file(STRINGS ${SHARE}/pages pages)
  foreach(page IN LISTS pages)
    string(REGEX MATCH "[0-9]$" section ${page})
    file(MAKE_DIRECTORY ${SHARE}/man/man${section})
    ropewalk_says(${SHARE}/page.scd __man ${page})
    execute_process(COMMAND ${SCDOC} INPUT_FILE ${SHARE}/page.scd
      OUTPUT_FILE ${SHARE}/man/man${section}/${page} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endif()
file(REMOVE_RECURSE ${SHARE}/home)
file(TOUCH ${SHARE}/made)
