internal import Datasets
internal import Foundation

/// A format that the library reads: sound files, and everything that reads them.
struct Specimen {
    /// Where a specimen's files lie, and the runs and models that are copied from.
    struct Place {
        var folder: URL
        var fixture: URL

        func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

        /// Writes a file; folders on the way are made.
        func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
            let url = url(name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }

        /// A file of the fixture.
        func original(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: fixture.appendingPathComponent(name))) }
    }

    /// Damage that nothing reads is no error of the library.
    struct Refused: Error {}

    /// The file's name.
    var file: String
    var isText = true
    /// Sound contents.
    var originals: [[UInt8]]
    /// What is done to a damaged content before it is written.
    var wrap: ([UInt8], inout CaseRandom) throws -> [UInt8] = { bytes, _ in bytes }
    /// Each reads the file on its own, to the last value.
    var readers: [(URL) throws -> Void]

    typealias Maker = @Sendable (Place) throws -> Specimen

    /// All formats by name, in the order in which they are told.
    static let formats: [(name: String, make: Maker)] =
        pictures + weights + settings + runs + datasets + annotations

    static func make(_ format: String, in place: Place) throws -> Specimen {
        guard let maker = formats.first(where: { $0.name == format }) else {
            throw TortureError("no format \(format); there are \(formats.map(\.name).joined(separator: ", "))")
        }
        return try maker.make(place)
    }

    /// What came of a file.
    enum Outcome: Equatable {
        case accepted
        case refused
        case wrong(String)
    }

    /// Reads a file in every way. It is accepted where one of them takes it; what refuses it has to say so in words of its own.
    func read(_ url: URL) -> Outcome {
        var isAccepted = false
        for reader in readers {
            do {
                try reader(url)
                isAccepted = true
            } catch {
                if let problem = Self.problem(of: error) { return .wrong(problem) }
            }
        }
        return isAccepted ? .accepted : .refused
    }

    /// What is wrong with an error: one of a framework, or one that says too much.
    private static func problem(of error: any Error) -> String? {
        if error is Refused { return nil }
        let type = String(reflecting: Swift.type(of: error))
        let isOwn = ["TensorCore.", "Datasets.", "SegModels.", "Diffusion."].contains { type.hasPrefix($0) }
        let text = "\(error)"
        guard isOwn, !text.contains("ErrorDomain"), !text.contains("DecodingError") else {
            return "an error of a framework, \(type): \(text.prefix(300))"
        }
        return text.utf8.count <= 1 << 14 ? nil : "a message of \(text.utf8.count) bytes: \(text.prefix(300))"
    }
}

extension Specimen {
    /// The bytes of a text in base 64.
    static func bytes(base64 text: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw TortureError("an original is no base 64")
        }
        return [UInt8](data)
    }
}
