internal import Datasets
internal import Foundation
internal import TensorCore
internal import Testing

@Suite("Run folders")
struct RunFolderTests {
    private static func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private static func manifest(_ value: String) -> RunManifest<[String]> {
        RunManifest(
            command: "test", arguments: ["test", "-q"], compute: ComputeRecord(ComputeSettings(precision: .bfloat16, seed: 7)),
            backbones: [BackboneRecord(name: "n", weights: "w", sha256: "s")], settings: [value])
    }

    @Test("Nothing is in the place before the end, all of it then")
    func atomic() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out")
            let folder = try RunFolder(place.path, command: "test")
            try TextFile.write("x", to: folder.file("deep/a.txt"))
            #expect(!FileManager.default.fileExists(atPath: place.path))
            try folder.commit(Self.manifest("a"), since: Date())
            #expect(try Self.names(parent) == ["out"])
            #expect(try Self.names(place) == ["deep", "manifest.json"])
        }
    }

    @Test("A run that ends early leaves nothing, and what it would have replaced")
    func failure() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out").path
            try RunFolder(place, command: "test").commit(Self.manifest("a"), since: Date())
            do {
                let folder = try RunFolder(place, command: "test", force: true)
                try TextFile.write("x", to: folder.file("b.txt"))
            }
            #expect(try Self.names(parent) == ["out"])
            #expect(try Self.names(parent.appending(path: "out")) == ["manifest.json"])
        }
    }

    @Test("An earlier run is replaced only by force, other folders and files never")
    func taken() throws {
        try withTemporaryFolder { (parent: URL) throws in
            let place = parent.appending(path: "out").path
            try RunFolder(place, command: "test").commit(Self.manifest("a"), since: Date())
            let error = #expect(throws: RunError.self) { try RunFolder(place, command: "test") }
            #expect(error?.description.contains("--force") == true)
            try RunFolder(place, command: "test", force: true).commit(Self.manifest("b"), since: Date())
            let data = try Data(contentsOf: parent.appending(path: "out/manifest.json"))
            #expect(try JSONDecoder().decode(RunManifest<[String]>.self, from: data).settings == ["b"])
            for taken in [parent, parent.appending(path: "out/manifest.json")] {
                #expect(throws: RunError.self) { try RunFolder(taken.path, command: "test", force: true) }
            }
            #expect(try Self.names(parent) == ["out"])
        }
    }

    @Test("A manifest is read as it was written, its computation beside the other fields")
    func manifest() throws {
        let manifest = Self.manifest("a").ended("interrupted", since: Date())
        let text = try TextFile.json(manifest)
        let read = try JSONDecoder().decode(RunManifest<[String]>.self, from: Data(text.utf8))
        #expect(try TextFile.json(read) == text)
        #expect(read.compute == manifest.compute && read.status == "interrupted" && read.seconds != nil)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(fields["precision"] as? String == "bfloat16" && fields["seed"] as? Int == 7)
    }

    @Test("Annotations belong to the photo before them, or to photos in their order")
    func supports() throws {
        let a = try SupportChoice.paired([.photo("a"), .annotation("m"), .annotation("n"), .photo("b"), .annotation("o")])
        #expect(a.map(\.annotations) == [["m", "n"], ["o"]])
        let b = try SupportChoice.paired([.photo("a"), .photo("b"), .annotation("m"), .annotation("n")])
        #expect(b.map(\.image) == ["a", "b"] && b.map(\.annotations) == [["m"], ["n"]])
        let c = try SupportChoice.paired([.annotation("m"), .photo("a")])
        #expect(c == [SupportChoice(image: "a", annotations: ["m"])])
        #expect(throws: RunError.self) { try SupportChoice.paired([.photo("a"), .photo("b"), .annotation("m")]) }
    }
}
