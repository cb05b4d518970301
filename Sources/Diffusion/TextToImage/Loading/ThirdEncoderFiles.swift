internal import Foundation
internal import SegModels
internal import TensorCore

/// The text encoders that belong to a single file of version 3: inside of it, or in a folder.
struct ThirdEncoderFiles {
    /// Opens the tensors of a text encoder under Hugging Face's names.
    typealias Opening = @Sendable () throws(TextToImageError) -> StateDict

    /// The file of the model.
    private let file: URL
    private let state: StateDict
    /// Where encoders and vocabularies are looked for, the first that has one counts.
    private let places: [URL]
    private let isNamed: Bool

    /// - Parameter folder: where the encoders are; nil for inside the file and beside it.
    init(_ state: StateDict, file: URL, folder: URL?) {
        (self.state, self.file) = (state, file)
        let beside = file.deletingLastPathComponent()
        isNamed = folder != nil
        places = (folder.map { [$0] } ?? []) + [beside.appendingPathComponent("text_encoders"), beside]
    }

    /// The names of an encoder: in the file, as a file, as a folder of diffusers.
    struct Names {
        var inside: String
        var files: [String]
        var folder: String
    }

    static let towers = [
        Names(inside: "clip_l", files: ["clip_l"], folder: "text_encoder"),
        Names(inside: "clip_g", files: ["clip_g"], folder: "text_encoder_2"),
    ]
    static let t5 = Names(
        inside: "t5xxl", files: ["t5xxl", "t5xxl_bf16", "t5xxl_fp16", "t5xxl_enconly"], folder: "text_encoder_3")

    /// Refuses a folder that was named and holds no encoder.
    func requireNamed() throws(TextToImageError) {
        let known = Self.towers + [Self.t5]
        guard isNamed, known.allSatisfy({ Self.opening($0, in: places[0]) == nil }) else { return }
        let files = known.flatMap(\.files).map { $0 + ".safetensors" }
        throw .file(
            places[0].path, found: "no text encoder", expected: "one of " + (files + known.map(\.folder)).joined(separator: ", "),
            advice: "name another folder, or leave it out for what is inside the model's file or beside it")
    }

    /// How an encoder is opened; nil where there is none. A folder that was named goes before what is inside.
    func opening(_ names: Names) -> Opening? {
        let outside = places.lazy.compactMap { place in Self.opening(names, in: place) }.first
        if isNamed, let named = Self.opening(names, in: places[0]) { return named }
        let prefix = "text_encoders.\(names.inside).transformer."
        guard state.names.contains(where: { $0.hasPrefix(prefix) }) else { return outside }
        return { [file] () throws(TextToImageError) in try ComponentWeights.open(file: file).removingPrefix(prefix) }
    }

    private static func opening(_ names: Names, in place: URL) -> Opening? {
        let folder = place.appendingPathComponent(names.folder)
        if FileManager.default.fileExists(atPath: folder.path) {
            return { () throws(TextToImageError) in try ComponentWeights.open(folder: folder) }
        }
        let files = names.files.map { place.appendingPathComponent($0 + ".safetensors") }
        guard let found = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
        return { () throws(TextToImageError) in try ComponentWeights.open(file: found) }
    }

    /// How a CLIP tower is opened.
    ///
    /// - Throws: ``TextToImageError/file(_:found:expected:advice:)`` where there is none.
    func tower(_ names: Names) throws(TextToImageError) -> Opening {
        if let opening = opening(names) { return opening }
        throw .file(
            file.path,
            found: "no text encoder \(names.inside), neither inside nor in \(places.map(\.path).joined(separator: ", "))",
            expected: "\(names.inside).safetensors", advice: "\(Self.advice), or take the file that holds them (incl_clips)")
    }

    static let advice =
        "name the folder that holds clip_l.safetensors, clip_g.safetensors and t5xxl_fp16.safetensors "
        + "(textEncoders, --text-encoders)"

    /// Where CLIP's vocabulary lies: the first folder that has one, and the file's own for the message where none has.
    var vocabulary: URL {
        let folders = places.map { $0.appendingPathComponent("tokenizer") } + places
        return folders.first { folder in
            CLIPTokenizer.fileNames.contains { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        } ?? file.deletingLastPathComponent()
    }

    /// Where T5's model of SentencePiece lies.
    ///
    /// - Parameter vocabulary: a folder that was named for vocabularies.
    func pieces(_ vocabulary: URL?) throws(TextToImageError) -> URL {
        let folders = [vocabulary].compactMap { $0 } + places.map { $0.appendingPathComponent("tokenizer_3") } + places
        let candidates = folders.map { $0.appendingPathComponent("spiece.model") }
        if let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) { return found }
        throw .file(
            file.path, found: "T5's weights, but no spiece.model in \(folders.map(\.path).joined(separator: ", "))",
            expected: "the model of SentencePiece that T5's prompts are cut by",
            advice: "get spiece.model (tokenizer_3 of the model's repository) and put it beside the file")
    }
}
