public import Datasets
public import Foundation
internal import TensorCore

/// The working folder of a synthesis: `synth.json` says what it is for, and every stage has a folder of its own with its manifest,
/// results and page.
///
/// ```
/// prompts/  banks, one a class           images/  images.json and sheets
/// masks/    labels after every stage     sets/    what novel classes are learned from, a folder a stage
/// cache/    the images themselves
/// ```
///
/// A stage that is called again goes on where it was; with other settings it has to be begun anew.
public struct SynthesisFolder: Sendable {
    /// The plan's file.
    public static let planName = "synth.json"

    /// Where it lies.
    public let url: URL
    /// What it is for.
    public let plan: SynthesisPlan

    /// Begins a folder, or opens one of the same plan.
    ///
    /// - Throws: `RunError` for a folder of another plan or with something else in it; `DatasetError` for one that cannot be written.
    public init(_ path: String, for plan: SynthesisPlan) throws {
        url = URL(fileURLWithPath: path).standardizedFileURL
        self.plan = plan
        let file = url.appendingPathComponent(Self.planName)
        if FileManager.default.fileExists(atPath: file.path) {
            guard try SynthesisPlan(contentsOf: file) == plan else {
                throw RunError.file(
                    file.path, found: "a synthesis of other classes or of another fold", expected: "the same",
                    advice: "leave the dataset and classes out to go on, or choose another folder")
            }
            return
        }
        let content = try Folder.content(of: url)
        guard content.isEmpty else {
            throw RunError.file(
                url.path, found: "a folder with \(content.count) files", expected: "a new or empty folder",
                advice: "choose another")
        }
        try Folder.create(url)
        try TextFile.writeJSON(plan, to: file)
    }

    /// Opens a folder.
    ///
    /// - Throws: `RunError` for a folder without a plan.
    public init(contentsOf path: String) throws(RunError) {
        url = URL(fileURLWithPath: path).standardizedFileURL
        plan = try SynthesisPlan(contentsOf: url.appendingPathComponent(Self.planName))
    }

    /// The place of a file or folder in it.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// The images, wherever they came from.
    public var cache: GenerationCache { GenerationCache(file("cache")) }

    /// The folder of labels where nothing else is said.
    public static let masksName = "masks"

    /// The folder of a set.
    func setName(_ stage: PseudoLabelStage, of masks: String) -> String {
        masks == Self.masksName ? "sets/\(stage.rawValue)" : "sets/\(masks)-\(stage.rawValue)"
    }

    /// Takes the folder of a stage, for its first call or to go on.
    ///
    /// - Parameters:
    ///   - name: of the folder.
    ///   - settings: all that decides the stage's results.
    ///   - command: what it is, as its manifest says.
    ///   - force: whether results of other settings may be replaced.
    /// - Throws: `RunError` for a stage of other settings, and one that is at work.
    func stage<Settings: Codable & Equatable>(
        _ name: String, _ settings: Settings, command: String, force: Bool
    ) throws -> RunFolder {
        let place = file(name)
        let manifest = place.appendingPathComponent(RunFolder.manifestName)
        guard FileManager.default.fileExists(atPath: manifest.path) else {
            return try RunFolder(place.path, command: command)
        }
        do {
            if let folder = try Self.resumed(place, command, settings) { return folder }
        } catch  where force {
            // A manifest of another version is that of other settings; a folder that is in use is refused below.
        }
        guard force else {
            throw RunError.file(
                place.path, found: "results of other settings, prompts, images or files", expected: "those of this call",
                advice: "add --force to make them anew, or repeat the call that made them")
        }
        return try RunFolder(place.path, command: command, force: true)
    }

    /// The folder of a stage that was begun with these settings; nil for others, whose lock is released.
    private static func resumed<Settings: Codable & Equatable>(
        _ place: URL, _ command: String, _ settings: Settings
    ) throws(RunError) -> RunFolder? {
        let folder = try RunFolder(resuming: place.path, command: command)
        return try RunManifest<Settings>(of: folder, command: command).settings == settings ? folder : nil
    }
}
