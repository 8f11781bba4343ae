// The Java side of session.py: a language for #!Python, running a script, reading a header; answers are JSON text.
import groovy.json.JsonOutput
import ij.ImagePlus
import ij.io.FileSaver
import ij.measure.ResultsTable
import javax.script.ScriptEngine
import javax.script.SimpleBindings
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.customizers.ImportCustomizer
import org.scijava.module.ModuleService
import org.scijava.module.process.AbstractPreprocessorPlugin
import org.scijava.module.process.PostprocessorPlugin
import org.scijava.module.process.PreprocessorPlugin
import org.scijava.object.ObjectService
import org.scijava.plugin.PluginService
import org.scijava.script.AbstractScriptEngine
import org.scijava.script.AbstractScriptLanguage
import org.scijava.script.ScriptInfo

class Arguments { public String script; public Object vars; public Object scriptContext }

class CPythonEngine extends AbstractScriptEngine {
    def runner
    CPythonEngine(runner) { this.runner = runner; engineScopeBindings = new SimpleBindings() }
    Object eval(String script) {
        runner.apply(new Arguments(script: script, vars: engineScopeBindings, scriptContext: scriptContext))
    }
    Object eval(Reader reader) { eval(reader.text) }
}

class CPython extends AbstractScriptLanguage {
    def runner
    ScriptEngine getScriptEngine() { new CPythonEngine(runner) }
    String getLanguageName() { "Python" }
    List<String> getNames() { ["Python"] }
    List<String> getExtensions() { ["py"] }
}

class CancelsTheDialog extends AbstractPreprocessorPlugin {
    void process(org.scijava.module.Module module) { cancel("the user pressed Cancel") }
}

class Helpers {
    ByteArrayOutputStream captured
    PrintStream console = System.out

    def pythonLanguage(context) {
        new CPython(runner: context.getService(ObjectService).getObjects(java.util.function.Function)[0])
    }

    void captureOutput() {
        captured = new ByteArrayOutputStream()
        System.setOut(new PrintStream(captured, true, "UTF-8"))
    }

    String capturedOutput() {
        System.setOut(console)
        captured.toString("UTF-8")
    }

    /** Groovy with ImageJ's names at hand; `folder` is where the test put its files. */
    def groovy(context, String code, String folder) {
        def imports = new ImportCustomizer().addStarImports("ij", "ij.gui", "ij.process", "ij.measure", "ij.io", "ij.plugin")
        def shell = new GroovyShell(new CompilerConfiguration().addCompilationCustomizers(imports))
        shell.setVariable("folder", folder)
        shell.setVariable("context", context)
        shell.evaluate(code)
    }

    String evaluate(context, String code, String folder) { JsonOutput.toJson(groovy(context, code, folder)) }

    String runScript(context, String path, String setup, String folder, boolean cancel) {
        def inputs = groovy(context, setup, folder) as Map
        def info = new ScriptInfo(context, new File(path))
        def plugins = context.getService(PluginService)
        def before = plugins.createInstancesOfType(PreprocessorPlugin) + (cancel ? [new CancelsTheDialog()] : [])
        def after = plugins.createInstancesOfType(PostprocessorPlugin)
        def module = context.getService(ModuleService).run(info, before, after, inputs).get()
        if (module == null) return JsonOutput.toJson([cancelled: true])
        JsonOutput.toJson([outputs: module.outputs.collectEntries { name, value -> [name, described(value, name, folder)] }])
    }

    def described(value, name, folder) {
        if (value instanceof ResultsTable) {
            def rows = (0..<value.size()).collect { row ->
                value.headings.collectEntries { [it, [value.getStringValue(it, row), value.getValue(it, row).toString()]] }
            }
            return [headings: value.headings as List, rows: rows]
        }
        if (value instanceof ImagePlus) {
            def file = new File(folder, "shown-${name}.png")
            new FileSaver(value).saveAsPng(file.path)
            return [title: value.title, dimensions: value.dimensions as List, type: value.type, file: file.path]
        }
        value?.toString()
    }

    String menu(context, String folder) {
        def prefix = new org.scijava.MenuPath("Plugins>Coloc Bridge")
        def service = context.getService(org.scijava.script.ScriptService)
        service.addScriptDirectory(new File(folder), prefix)
        def found = []
        new org.scijava.script.ScriptFinder(context).findScripts(found)
        JsonOutput.toJson(found.collectEntries { [it.path, it.menuPath.collect { entry -> entry.name }] })
    }

    String header(context, String path) {
        def info = new ScriptInfo(context, new File(path))
        def describe = { item -> [
            name: item.name, type: item.type.simpleName, label: item.label, description: item.description,
            default: item.defaultValue?.toString(), choices: item.choices.collect { it.toString() },
            required: item.required, persisted: item.persisted, visibility: item.visibility.toString(),
            style: item.widgetStyle, minimum: item.minimumValue?.toString()] }
        def inputs = info.inputs().collect(describe)
        def outputs = info.outputs().collect(describe)
        JsonOutput.toJson([
            label: info.label, menu: info.menuPath.collect { it.name }, headless: info.canRunHeadless(),
            language: info.language.languageName, inputs: inputs, outputs: outputs])
    }
}

new Helpers()
