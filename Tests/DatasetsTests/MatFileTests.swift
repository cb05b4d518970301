import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Label maps of SBD (Scripts/goldens/exports.py, scipy) and files that are none.
@Suite struct MatFileTests {
    private static let folder = Goldens.folder.deletingLastPathComponent().appending(path: "exports")

    private static func read(_ url: URL) throws -> LabelMap {
        try MatFile.labels(url, variable: "GTcls", field: "Segmentation")
    }

    @Test(arguments: ["sbd.mat", "sbd-plain.mat"])
    func aFileOfSBDsFormIsRead(_ name: String) throws {
        let rows = try JSONDecoder().decode([[UInt8]].self, from: Data(contentsOf: Self.folder.appending(path: "sbd.json")))
        let map = try Self.read(Self.folder.appending(path: name))
        #expect((map.height, map.width) == (rows.count, rows[0].count))
        #expect(map.values == Array(rows.joined()))
    }

    @Test func filesThatTheTestsWriteAreRead() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.mat")
            let map = PascalDownload.labels(7, also: 3)
            try MatWriter.segmentation(map).write(to: url)
            #expect(try Self.read(url) == map)
        }
    }

    @Test func filesThatAreNoneAreRefusedByName() throws {
        try withTemporaryFolder { folder in
            let whole = MatWriter.file(PascalDownload.labels(7))
            let packed = [UInt8](try Data(contentsOf: Self.folder.appending(path: "sbd.mat")))
            let other = MatWriter.file(PascalDownload.labels(7), variable: "GTinst")
            let wrongField = MatWriter.file(PascalDownload.labels(7), field: "Boundaries")
            var huge = whole
            // The rows of the struct: more items than there can be bytes.
            huge.replaceSubrange(160..<164, with: MatWriter.word(0x7FFF_FFFF))
            let cases: [(String, [UInt8], String)] = [
                ("empty", [], "zero bytes"), ("text", Array("hello".utf8), "no MATLAB file"),
                ("hdf5", [0x89] + Array("HDF\r\n".utf8) + [UInt8](repeating: 0, count: 600), "no MATLAB file"),
                ("cut", Array(whole.dropLast(60)), "end of the file"), ("packed", Array(packed.dropLast(40)), "end of the file"),
                ("variable", other, "no variable"), ("field", wrongField, "without that field"), ("huge", huge, "very many"),
            ]
            for (name, bytes, found) in cases {
                let url = folder.appending(path: "\(name).mat")
                try Data(bytes).write(to: url)
                let error = #expect(throws: DatasetError.self, "\(name)") { try Self.read(url) }
                #expect(error?.file == url.path)
                #expect(error?.found.contains(found) == true, "\(name): \(error?.found ?? "")")
            }
        }
    }

    /// Wrong bytes at any place are an error or other labels, never the end of the process or very much memory.
    @Test(.timeLimit(.minutes(2)), arguments: ["sbd.mat", "sbd-plain.mat"])
    func mutationsDoNotEndTheProcess(_ name: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.mat")
            let whole = [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
            var random = NumPyRandom(seed: 11)
            var refused = 0
            for _ in 0..<5000 {
                var bytes = whole
                for _ in 0...random.interval(3) {
                    let place = 128 + random.interval(bytes.count - 129)
                    switch random.interval(3) {
                    case 0: bytes[place] = UInt8(random.interval(255))
                    case 1: bytes[place] ^= 1 << UInt8(random.interval(7))
                    case 2: bytes.replaceSubrange(place..<min(place + 4, bytes.count), with: [0xFF, 0xFF, 0xFF, 0x7F])
                    default: bytes.removeLast(random.interval(min(20, bytes.count - 200)))
                    }
                    if bytes.count < 200 { break }
                }
                try Data(bytes).write(to: url)
                do { _ = try Self.read(url) } catch is DatasetError { refused += 1 }
            }
            #expect(refused > 500)
        }
    }
}
