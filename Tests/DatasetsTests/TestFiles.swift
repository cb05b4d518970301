import Foundation
import Testing

@testable import Datasets

/// The committed files of the image tests.
enum Goldens {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/images")

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var file: String?
        var source: String?
        var filter: String?
        var expected: String?
        var width: Int?
        var height: Int?
        var mentions: String?

        var testDescription: String { "\(file ?? "") \(expected ?? "")" }
    }

    static func cases(_ kind: String) -> [Case] {
        do {
            let index = try JSONDecoder().decode(
                [String: [Case]].self, from: Data(contentsOf: folder.appending(path: "index.json")))
            return index[kind] ?? []
        } catch {
            Issue.record("the image goldens cannot be read (\(error)); run Scripts/goldens/images.py")
            return []
        }
    }

    static func url(_ name: String) -> URL { folder.appending(path: name) }

    static func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: url(name))) }
}

/// Runs a body with an empty folder, which is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fss-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// Runs a body with an empty folder, which is removed afterwards.
func withTemporaryFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fss-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}

extension BinaryMask {
    /// A mask from rows of characters; everything but a dot is foreground.
    init(_ rows: String...) {
        self.init(height: rows.count, width: rows[0].count, values: rows.joined().map { $0 != "." })
    }

    /// A mask of one class inside of a shape function.
    init(height: Int, width: Int, where isInside: (Int, Int) -> Bool) {
        let values = (0..<(width * height)).map { isInside($0 % width, $0 / width) }
        self.init(height: height, width: width, values: values)
    }
}

/// Small PNG files that no encoder would write.
enum CraftedPNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return word(UInt32(data.count)) + body + word(crc(body))
    }

    static func header(height: UInt32, width: UInt32, depth: UInt8 = 8, color: UInt8 = 2) -> [UInt8] {
        chunk("IHDR", word(width) + word(height) + [depth, color, 0, 0, 0])
    }

    static func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - $0 * 8)) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
