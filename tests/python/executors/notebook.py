"""A real kernel of a notebook, without the notebook. usage: notebook.py all [unittest arguments]"""

import pathlib
import sys
import tempfile
import time
import unittest

try:
    import ipykernel  # noqa: F401
    import jupyter_client.manager
except ImportError as error:
    print(f"{error.name} is not installed", file=sys.stderr)
    sys.exit(77)

import runs

PATIENCE_S = 120  # only ends a hang


class Kernel(runs.Case):
    def setUp(self):
        super().setUp()
        self.manager, self.client = jupyter_client.manager.start_new_kernel(kernel_name="python3", cwd=self.folder)
        self.addCleanup(self.manager.shutdown_kernel, now=True)
        self.addCleanup(self.client.stop_channels)

    def run_cell(self, code, while_it_runs=None):
        """The outputs of a cell: (kind, content) in their order, and the reply."""
        # After an error a kernel rejects cells that come soon, as a notebook wants it where all cells are run at once.
        message = self.client.execute(code, stop_on_error=False)
        if while_it_runs:
            while_it_runs()
        while (answer := self.client.get_shell_msg(timeout=PATIENCE_S))["parent_header"].get("msg_id") != message:
            pass
        reply = answer["content"]
        outputs = []
        while True:
            got = self.client.get_iopub_msg(timeout=PATIENCE_S)
            if got["parent_header"].get("msg_id") != message:
                continue
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return outputs, reply
            outputs.append((got["msg_type"], got["content"]))

    def test_ctrl_c_stops_the_run_and_not_the_kernel(self):
        def interrupt():
            end = time.monotonic() + PATIENCE_S
            while not all((self.folder / name).exists() for name in "01"):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.01)
            self.manager.interrupt_kernel()

        code = (f"import ropewalk\nropewalk.run({str(self.workflow(runs.HANGS))!r}, folder={str(self.folder)!r}, "
                "grace=0.1)")
        outputs, reply = self.run_cell(code, interrupt)
        self.assertEqual(reply.get("ename"), "KeyboardInterrupt", reply)
        shown = [content["data"]["text/html"] for kind, content in outputs
                 if kind in ("display_data", "update_display_data")]
        self.assertTrue(any("hang" in text for text in shown), shown)
        outputs, reply = self.run_cell("print(6 * 7)")
        self.assertEqual((reply["status"], outputs[-1][1]["text"]), ("ok", "42\n"))

    def test_functions_of_cells_run_in_an_executor(self):
        outputs, reply = self.run_cell("import ropewalk\ndef twice(x):\n    print('for', x)\n    return 2 * x\n"
                                       "with ropewalk.ProcessExecutor(2) as pool:\n"
                                       "    print(sum(pool.map(twice, range(4))))")
        self.assertEqual(reply["status"], "ok", reply)
        text = "".join(content["text"] for kind, content in outputs if kind == "stream")
        self.assertEqual(sorted(text.split("\n")), ["", "12", "for 0", "for 1", "for 2", "for 3"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
