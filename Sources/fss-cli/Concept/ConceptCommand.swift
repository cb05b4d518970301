internal import ArgumentParser
internal import Datasets
internal import Diffusion

/// `fss concept`.
struct ConceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concept",
        abstract: "Keep a thing as a file: a name and annotated photos, for `fss predict --concept`.",
        discussion: """
            A concept (.fss) holds its photos as they were and what is marked in them; it needs neither the photos nor a model \
            again. It is a zip archive that any unpacker opens; digests in it say whether it was changed.

            Examples:
              fss concept create cup.fss --support cup.jpg --mask cup.png
              fss concept add cup.fss --support desk.jpg --box 40,60,180,200
              fss concept show cup.fss
              fss predict --concept cup.fss photos/
            """,
        subcommands: [ConceptCreate.self, ConceptAdd.self, ConceptShow.self, ConceptRemove.self])
}

/// `fss concept show`.
struct ConceptShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say what a concept shows, its digests verified.",
        discussion: """
            Example:
              fss concept show cup.fss --json
            """)

    @Argument(help: ArgumentHelp("A concept.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Also draw its photos with what is marked in them: a folder for JPEGs.", valueName: "folder"))
    var pictures: String?

    @OptionGroup var report: ReportOptions

    func run() throws {
        let concept = try Concept.read(ConceptChoice(file).url)
        try ConceptReport(concept, file: file).print(on: report.console)
        guard let pictures else { return }
        let drawn = try concept.drawSupports(in: pictures)
        report.console.note("\(drawn) \(drawn == 1 ? "picture" : "pictures"): \(pictures)")
    }
}

/// `fss concept remove`.
struct ConceptRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take photos out of a concept.",
        discussion: """
            Photos are named by their numbers in `fss concept show`.

            Example:
              fss concept remove cup.fss 2
            """)

    @Argument(help: ArgumentHelp("A concept.", valueName: "file"))
    var file: String

    @Argument(help: ArgumentHelp("The number of a photo in it; may be repeated.", valueName: "number"))
    var numbers: [Int]

    @OptionGroup var report: ReportOptions

    func run() throws {
        let url = ConceptChoice(file).url
        var concept = try Concept.read(url)
        for number in Set(numbers).sorted(by: >) { try concept.removeSupport(at: number - 1) }
        try concept.write(to: url)
        try ConceptReport(concept, file: file).print(on: report.console)
    }
}
