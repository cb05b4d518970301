internal import Datasets
internal import Foundation

extension PhotoSessions {
    /// Puts three drawn photos into a session: one thing of a class that the model of drawn shapes never saw, with a box around it in the first.
    ///
    /// - Throws: ``PhotoSessionError`` for photos too many.
    @discardableResult
    public func addExamples(to id: String) async throws -> [SessionState.Photo] {
        var added: [SessionState.Photo] = []
        for (index, example) in try Self.examples().enumerated() {
            added.append(
                try await admit(
                    example.bytes, name: "drawn-\(index + 1).png", to: id, suggestion: index == 0 ? example.box : nil))
        }
        return added
    }

    private static func examples() throws -> [(bytes: [UInt8], box: [Double]?)] {
        let dataset = Shapes5iDataset(Shapes5i(imageSize: 384, imagesPerClass: 8), split: .validation, fold: 0)
        let ids = dataset.items.filter { $0.classID == exampleClass }.map(\.id)
        return try examplePhotos.map { ids[$0] }.map { id in
            let bytes = try TemporaryFolder.bytes(named: "drawn.png") { try ImageFile.save(dataset.image(id), to: $0) }
            let labels = try dataset.labels(id)
            let mask = BinaryMask(
                height: labels.height, width: labels.width, values: labels.values.map { $0 == UInt8(exampleClass) })
            let box = mask.boundingBox.map { [Double($0.x0), Double($0.y0), Double($0.x1), Double($0.y1)] }
            return (bytes, box)
        }
    }

    private static var exampleClass: Int { Shapes5i.novelClasses(ofFold: 0).lowerBound }
    private static var examplePhotos: [Int] { [0, 1, 2] }
}

/// A folder that is gone when it was used.
enum TemporaryFolder {
    /// Calls with a new folder, and removes it.
    static func use<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fss-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// What is written to a file.
    static func bytes(named name: String, _ write: (URL) throws -> Void) throws -> [UInt8] {
        try use { folder in
            let file = folder.appendingPathComponent(name)
            try write(file)
            return [UInt8](try Data(contentsOf: file))
        }
    }
}
