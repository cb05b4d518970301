internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss synth images`.
struct SynthImages: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "Make images from the prompts.",
        discussion: """
            The painter of Shapes-5i draws its classes without weights; a folder, Stable Diffusion, a text-to-image server, or unlabelled photos \
            of the plan's dataset give all others. Every image is kept when it is made: stopped and called again, the command \
            makes what is missing.

            Examples:
              fss synth images synth0 --set imagesPerPrompt=2
              fss synth images synth0 --images made-elsewhere/
              fss synth images synth0 --server http://localhost:7860/sdapi/v1/txt2img \\
                  --form automatic1111 --set server.width=512 --set server.height=512
              fss synth images synth0 --server https://api.example.com/v1/images/generations \\
                  --form openai --key IMAGES_KEY --set server.model=a-model
              fss synth images synth0 --generator sd15/ --set diffusion.steps=25
              fss synth images synth0 --generator sd3.5_medium.safetensors --text-encoders encoders/ \\
                  --set diffusion.steps=28 --set diffusion.guidance=4.5
              fss synth images synth0 --photos
            """)

    @OptionGroup var synthesis: SynthesisOptions

    @Option(help: ArgumentHelp("Images that are there: a folder, or one with a folder a class.", valueName: "folder"))
    var images: String?

    @Option(help: ArgumentHelp("A model of Stable Diffusion: a folder of diffusers, or one file.", valueName: "path"))
    var generator: String?

    @OptionGroup var files: DiffusionFileOptions

    @Option(help: ArgumentHelp("A text-to-image server's whole address.", valueName: "url"))
    var server: String?

    @Option(help: "How the server is asked.")
    var form: HTTPGenerator.Form?

    @Option(help: ArgumentHelp("The environment variable with the server's key.", valueName: "variable"))
    var key: String?

    @Flag(help: "Take unlabelled photos of the novel classes in the dataset, in place of made ones.")
    var photos = false

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var report: ReportOptions

    func validate() throws {
        if [images != nil, generator != nil, server != nil, photos].count(where: { $0 }) > 1 {
            throw ValidationError("--images, --generator, --server and --photos exclude each other.")
        }
        try files.require("--generator", isGiven: generator != nil)
        if server != nil && form == nil { throw ValidationError("--server needs --form openai or automatic1111.") }
        if server == nil && (form != nil || key != nil) { throw ValidationError("--form and --key belong to --server.") }
    }

    func run() async throws {
        let numbers = try settings.settings(from: GenerationSettings())
        if settings.printConfig { return print(try numbers.printed()) }
        let work = try SynthesisFolder(contentsOf: synthesis.folder)
        try report.console.introduce(Session.ranks)
        let bar = ProgressBar(on: report.console)
        let stage = ImageStage(choice, settings: numbers)
        let result = try await synthesis.resumably {
            try await stage.run(
                in: work, force: synthesis.force, arguments: FSS.arguments, ranks: Session.ranks,
                observe: bar.show)
        }
        bar.finish()
        report.console.line("\(result.images.count) images, \(result.made) of them made now")
        report.console.line("Page: \(work.file("images/report.html").path)")
        report.console.line("Next: fss synth masks \(synthesis.folder) --model <file>")
        try report.console.emit(result)
        if !result.problems.isEmpty { throw ExitCode(1) }
    }

    private var choice: GeneratorChoice {
        if let images { return .folder(images) }
        if let generator {
            return .diffusion(
                model: generator, vocabulary: files.vocabularyPath, textEncoders: files.textEncodersPath,
                prediction: files.prediction)
        }
        if let server, let form { return .server(form, url: server, keyVariable: key) }
        return photos ? .photos : .shapes
    }
}
