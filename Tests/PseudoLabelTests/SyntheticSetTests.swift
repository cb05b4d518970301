internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import Testing

@Suite("Synthetic set")
struct SyntheticSetTests {
    private static func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("synthetic-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    private static func write(_ folder: URL, count: Int = 3) throws {
        let entries = try (0..<count).map { number in
            let image = RGBImage(height: 4, width: 6, red: UInt8(40 * number), green: 9, blue: 7)
            let values = (0..<24).map { $0 < 6 ? ClassMap.void : Int32($0 < 12 ? 0 : 17) }
            return try SyntheticSet.add(
                "17-\(number)", image: image, labels: ClassMap(height: 4, width: 6, values: values), classID: 17,
                prompt: "p\(number)",
                to: folder)
        }
        try SyntheticSet.write(entries, to: folder)
    }

    @Test("What is written is read, pixel by pixel")
    func roundTrip() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.write(folder)
        let set = try SyntheticSet(contentsOf: folder)
        #expect(set.entries.map(\.prompt) == ["p0", "p1", "p2"])
        let sample = try set.sample(2)
        #expect(sample.image.pixels[0] == 80)
        #expect(Set(sample.labels?.values ?? []) == [ClassMap.void, 0, 17])
        let examples = SyntheticSet.examples([set, set])
        #expect(examples.count == 6)
        #expect(try examples.load(4) == set.sample(1))
    }

    @Test("Bytes that changed are refused by name", arguments: ["images/17-1.png", "labels/17-1.png"])
    func changed(_ name: String) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.write(folder)
        let set = try SyntheticSet(contentsOf: folder)
        let other = folder.appendingPathComponent(name.replacing("-1", with: "-2"))
        if name.hasPrefix("labels") {
            let map = LabelMap(height: 4, width: 6, values: [UInt8](repeating: 3, count: 24))
            try map.save(to: folder.appendingPathComponent(name))
        } else {
            try Data(contentsOf: other).write(to: folder.appendingPathComponent(name))
        }
        let error = #expect(throws: DatasetError.self) { try set.sample(1) }
        #expect(error?.file.hasSuffix(name) ?? false)
        #expect(throws: Never.self) { try set.sample(0) }
    }

    @Test(
        "Lists that are none are refused, and nothing is read outside of the folder",
        arguments: [
            "", "[]", "{", #"{"version": 1, "images": []}"#, #"{"version": 2, "images": []}"#,
            #"{"version": 1, "images": [{"image": "../../etc/passwd", "labels": "l.png", "classID": 1, "prompt": "", "imageHash": "", "labelHash": ""}]}"#,
            #"{"version": 1, "images": [{"image": "/etc/passwd", "labels": "l.png", "classID": 1, "prompt": "", "imageHash": "", "labelHash": ""}]}"#,
            #"{"version": 1, "images": [{"image": "a.png"}]}"#,
        ])
    func hostile(_ text: String) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(text.utf8).write(to: folder.appendingPathComponent(SyntheticSet.fileName))
        let error = #expect(throws: DatasetError.self) { try SyntheticSet(contentsOf: folder) }
        #expect(error?.file.hasSuffix(SyntheticSet.fileName) ?? false)
    }

    @Test("A class id that a PNG cannot hold is refused before anything is written")
    func largeID() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = RGBImage(height: 1, width: 1, red: 0, green: 0, blue: 0)
        #expect(throws: DatasetError.self) {
            try SyntheticSet.add(
                "x", image: image, labels: ClassMap(height: 1, width: 1, values: [255]), classID: 255, prompt: "", to: folder)
        }
    }
}
