// What Fiji's legacy layer does where a macro runs a script: an entry of ImageJ's menu for it, the parameters from the
// options of run(), and the script in a thread of its own. And the dialogs that are seen meanwhile, closed at once.
import ij.IJ
import ij.Macro
import ij.Menus
import ij.WindowManager
import java.awt.Dialog
import java.awt.Label
import java.awt.Window
import org.scijava.convert.ConvertService
import org.scijava.module.ModuleService
import org.scijava.script.ScriptInfo

class MenuEntry implements ij.plugin.PlugIn {
    static context, ran = [:]

    void run(String path) { execute(path, Macro.options) }

    static String headless(String path, String options) { execute(path, options); "" }

    /** As the script editor does: the text of a tab, its name, and a console for what is printed. */
    static void edited(String path, Map inputs) {
        def file = new File(path)
        def module = new ScriptInfo(context, file.name, new StringReader(file.getText("UTF-8"))).createModule()
        context.inject(module)
        module.outputWriter = new StringWriter()
        module.errorWriter = new StringWriter()
        ran[path] = context.getService(ModuleService).run(module, true, inputs).get()
    }

    /** As the menu does: no macro, the values of the dialog. */
    static void pressed(String path, Map inputs) {
        def info = new ScriptInfo(context, new File(path))
        ran[path] = context.getService(ModuleService).run(info, true, inputs).get()
    }

    static void execute(String path, String options) {
        def info = new ScriptInfo(context, new File(path)), convert = context.getService(ConvertService)
        def inputs = [:]
        info.inputs().each {
            def value = options == null ? null : Macro.getValue(options, it.name, null)
            if (value == null || it.visibility.name() == "MESSAGE") return
            inputs[it.name] = it.type == ij.ImagePlus ? WindowManager.getImage(value) : convert.convert(value, it.type)
        }
        ran[path] = context.getService(ModuleService).run(info, true, inputs).get()
    }
}

class Legacy {
    def seen = [].asSynchronized(), there = []

    Legacy(context) {
        MenuEntry.context = context
        def loader = IJ.getDeclaredField("classLoader")
        loader.accessible = true
        loader.set(null, MenuEntry.classLoader)
    }

    void enter(String folder) {
        if (IJ.instance == null) new ij.ImageJ(ij.ImageJ.NO_SHOW)
        new File(folder).eachFileMatch(~/.*_.*\.groovy/) { file ->
            Menus.commands[file.name.replace("_", " ") - ".groovy"] = /MenuEntry("$file.path")/.toString()
        }
    }

    /** Press a menu command with these values in its dialog. */
    Map pressed(String path, Map inputs) { watched { MenuEntry.pressed(path, inputs) } }

    Map edited(String path, Map inputs) { watched { MenuEntry.edited(path, inputs) } }

    /** Run a macro; the dialogs it showed, as titles and texts, and whether it came to its end. */
    Map macro(String code) {
        code += "\ncall('java.lang.System.setProperty', 'macro.end', 'reached');"
        def interpreter = new ij.macro.Interpreter()
        watched { IJ.instance ? interpreter.run(code) : interpreter.runBatchMacro(code, null) } + [ended: System.clearProperty("macro.end") != null, error: interpreter.errorMessage]
    }

    Map watched(Closure work) {
        seen.clear()
        MenuEntry.ran.clear()
        if (IJ.log != null) IJ.log("\\Clear")
        def watching = true
        def watcher = Thread.startDaemon { while (watching) { look(); sleep(100) } }
        def threw = ""
        try { work() } catch (RuntimeException canceled) { threw = canceled.toString() }
        watching = false
        watcher.join()
        def rows = MenuEntry.ran.collectEntries { path, module -> [new File(path).name, rows(module)] }
        [dialogs: seen as List, threw: threw, log: IJ.log ?: "", rows: rows]
    }

    Integer rows(module) { module?.outputs?.table?.size() }

    /** A dialog that has been there for a while: one that is about to be shown must not be closed. */
    void look() {
        def dialogs = Window.windows.findAll { it instanceof Dialog && it.showing }
        dialogs.findAll { it in there }.each { dialog ->
            def text = "$dialog.title: ${texts(dialog).join(' ')}".toString()
            if (!(text in seen)) seen << text
            java.awt.EventQueue.invokeLater { dialog.dispose() }
        }
        there = dialogs
    }

    List texts(container) {
        container.components.collectMany {
            it instanceof Label ? [it.text] : it instanceof ij.gui.MultiLineLabel ? it.@lines as List : it instanceof java.awt.Container ? texts(it) : []
        }
    }
}

{ context -> new Legacy(context) }
