#include "commands.hpp"
#include "doctor.hpp"

namespace ropewalk::cli {

int doctor(const Options& options, Screen& screen) {
  const DoctorReport report = examine(options, screen);
  if (!print(options.json ? doctor_json(report) : doctor_text(report), screen)) return kOutputFailed;
  return report.works() ? 0 : kTaskFailed;
}

}  // namespace ropewalk::cli
