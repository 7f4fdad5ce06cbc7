// Starts `ann lsp` for scripts of Ann; everything else is the server's.

const vscode = require("vscode");
const { LanguageClient, State } = require("vscode-languageclient/node");

let client;

/** The command as the settings have it. */
function program() {
  return vscode.workspace.getConfiguration("ann").get("path") || "ann";
}

async function start() {
  const command = program();
  const run = { command, args: ["lsp"] };
  client = new LanguageClient("ann", "Ann", { run, debug: run }, {
    documentSelector: [{ language: "ann" }],
  });
  try {
    await client.start();
  } catch (error) {
    const open = "Open settings";
    const answer = await vscode.window.showErrorMessage(`Ann: \`${command} lsp\` does not start: ${error.message}`, open);
    if (answer === open) await vscode.commands.executeCommand("workbench.action.openSettings", "ann.path");
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old && old.state === State.Running) await old.stop();
}

/** Runs a verb on the script at hand, in a terminal. */
async function inTerminal(verb) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.document.languageId !== "ann") return;
  if (editor.document.isUntitled || editor.document.isDirty) {
    if (!(await editor.document.save())) return;
  }
  const path = editor.document.uri.fsPath;
  const folder = vscode.workspace.getWorkspaceFolder(editor.document.uri)?.uri;
  // The arguments go to the program itself: no shell reads the path.
  const task = new vscode.Task(
    { type: "ann", verb }, vscode.TaskScope.Workspace, `ann ${verb}`, "Ann",
    new vscode.ProcessExecution(program(), [verb, path], folder ? { cwd: folder.fsPath } : {}),
  );
  await vscode.tasks.executeTask(task);
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("ann.restart", async () => {
      await stop();
      await start();
    }),
    vscode.commands.registerCommand("ann.run", () => inTerminal("run")),
    vscode.commands.registerCommand("ann.explain", () => inTerminal("explain")),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("ann.path")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
