internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss concept create`.
struct ConceptCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a concept of annotated photos.",
        discussion: """
            An annotation belongs to the --support before it, as for `fss predict`, and stays what it is: a box is kept as a box, \
            unless --sam makes a mask of it first.

            Examples:
              fss concept create cup.fss --support cup.jpg --mask cup.png
              fss concept create cup.fss --name 'coffee cup' --support a.jpg \\
                  --box 40,60,180,200 --support b.jpg --scribble b.json
            """)

    @Argument(help: ArgumentHelp("The file to write, usually NAME.fss.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("What the thing is called; by default as the file.", valueName: "text"))
    var name: String?

    @Option(help: ArgumentHelp("What people should know of it.", valueName: "text"))
    var notes: String?

    @OptionGroup var supports: SupportOptions

    @Flag(help: "Replace a file that is there.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try validating { _ = try supports.choices }
        if supports.support.isEmpty { throw ValidationError("Missing expected argument '--support <image> ...'") }
    }

    func run() throws {
        let url = ConceptChoice(file).url
        if !force && FileManager.default.fileExists(atPath: url.path) {
            throw RunError.file(
                url.path, found: "a file", expected: "a place for a new concept",
                advice: "add to it with `fss concept add`, replace it with --force, or choose another name")
        }
        let shown = try supports.conceptSupports(common)
        let concept = try Concept(
            name: name ?? url.deletingPathExtension().lastPathComponent, notes: notes ?? "", supports: shown)
        try concept.write(to: url)
        try ConceptReport(concept, file: file).print(on: common.console)
    }
}

/// `fss concept add`.
struct ConceptAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add annotated photos to a concept, or give it another name or notes.",
        discussion: """
            Example:
              fss concept add cup.fss --support desk.jpg --point 110,130
            """)

    @Argument(help: ArgumentHelp("A concept.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Another name.", valueName: "text"))
    var name: String?

    @Option(help: ArgumentHelp("Other notes.", valueName: "text"))
    var notes: String?

    @OptionGroup var supports: SupportOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try validating { _ = try supports.choices }
        guard supports.support.isEmpty, name == nil, notes == nil else { return }
        throw ValidationError("Nothing to add: give --support, --name or --notes.")
    }

    func run() throws {
        let url = ConceptChoice(file).url
        var concept = try Concept.read(url)
        for support in try supports.conceptSupports(common) { try concept.add(support) }
        if let name { try concept.rename(name) }
        if let notes { try concept.describe(notes) }
        try concept.write(to: url)
        try ConceptReport(concept, file: file).print(on: common.console)
    }
}

extension SupportOptions {
    /// What was shown, as a concept keeps it; what was assumed of files is said.
    fileprivate func conceptSupports(_ common: CommonOptions) throws -> [ConceptSupport] {
        let masker = try masker.map { choice in
            try common.apply()
            return try choice.masker(common.compute)
        }
        return try choices.map { choice in
            let (support, remarks) = try choice.conceptSupport { try masker?.prepared($0) ?? $0 }
            remarks.forEach(common.console.note)
            return support
        }
    }
}
