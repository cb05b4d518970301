import Foundation
import Testing

@testable import Datasets

/// The index of instances files against `pycocotools` (Scripts/goldens/coco.py), its cache, and files that are wrong.
@Suite("COCO index") struct COCOIndexTests {
    private static let golden = Goldens.folder.deletingLastPathComponent().appending(path: "coco/instances.json")

    private static func runs(_ index: COCOIndex) throws -> [String: String] {
        var found: [String: String] = [:]
        for position in 0..<index.imageCount {
            let image = index.image(at: position)
            for annotation in try index.annotations(at: position) {
                let mask = annotation.segmentation.mask(height: image.height, width: image.width)
                found["\(annotation.id)"] = RunLengthMask(mask).compressed
            }
        }
        return found
    }

    private static func index(_ text: String, in folder: URL) throws -> COCOIndex {
        let file = folder.appending(path: "instances.json")
        try Data(text.utf8).write(to: file)
        return try COCOIndex(file, cache: nil)
    }

    @Test("Masks of polygons and run lengths are those of pycocotools, whatever the number of threads", arguments: [1, 3])
    func masks(threads: Int) throws {
        let index = try COCOIndex(Self.golden, cache: nil, threads: threads)
        let url = Self.golden.deletingLastPathComponent().appending(path: "masks.json")
        let expected = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: url))
        #expect(expected.count == 40)
        #expect(try Self.runs(index) == expected)
        #expect(index.problems == [] && !index.isFromCache)
    }

    @Test("Images are found by id, annotations keep the order and the numbers of the file")
    func content() throws {
        let index = try COCOIndex(Self.golden, cache: nil)
        #expect(index.categories.map(\.id) == [1, 18, 90] && index.categories.map(\.name) == ["person", "dog", "toothbrush"])
        #expect(index.imageCount == 2 && index.annotationCount == 40)
        #expect(index.image(at: 0) == COCOImage(id: 3, fileName: "000000000003.jpg", width: 33, height: 57))
        #expect(index.position(of: 7) == 1 && index.position(of: 4) == nil)
        let annotations = try index.annotations(at: 0)
        #expect(annotations.map(\.index) == Array(stride(from: 1, to: 40, by: 2)))
        #expect(annotations.map(\.id) == annotations.map { 1000 - $0.index })
        #expect(annotations[0].box == [1.5, 2, 10, 4.25] && annotations[0].category == 18)
        #expect(annotations.filter(\.isCrowd).map(\.index) == [5, 13, 21, 29, 37])
        guard case .polygons(let polygons) = annotations[1].segmentation else {
            Issue.record("annotation 3 has no polygons")
            return
        }
        // Six decimals: the very doubles of the file.
        let text = try String(contentsOf: Self.golden, encoding: .utf8)
        #expect(polygons[0].allSatisfy { text.contains("\($0.x)") && text.contains("\($0.y)") })
    }

    @Test("An index comes from the cache the second time, also for a copy of the file, and is the same")
    func cache() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "a.json")
            try FileManager.default.copyItem(at: Self.golden, to: file)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file.path)
            let cache = COCOIndexCache(folder: folder.appending(path: "cache"))
            let first = try COCOIndex(file, cache: cache)
            let second = try COCOIndex(file, cache: cache)
            #expect(!first.isFromCache && second.isFromCache)
            #expect(first.digest == second.digest && first.categories == second.categories)
            #expect(try Self.runs(first) == Self.runs(second))
            try Data((String(contentsOf: file, encoding: .utf8) + "\n").utf8).write(to: file)
            let third = try COCOIndex(file, cache: cache)
            #expect(!third.isFromCache && third.digest != first.digest)
        }
    }

    @Test("A damaged index is made again, or refused where its annotations are damaged", arguments: [0, 60, 130, 180, -3, -2000])
    func damage(at place: Int) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "a.json")
            try FileManager.default.copyItem(at: Self.golden, to: file)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file.path)
            let cache = COCOIndexCache(folder: folder.appending(path: "cache"))
            let first = try COCOIndex(file, cache: cache)
            let kept = cache.indexFile(first.digest)
            var bytes = try [UInt8](Data(contentsOf: kept))
            bytes[place < 0 ? bytes.count + place : place] ^= 0x10
            try Data(bytes).write(to: kept)
            let second = try COCOIndex(file, cache: cache)
            #expect(second.isFromCache == (place < 0))
            if second.isFromCache {
                let error = #expect(throws: DatasetError.self) { try Self.runs(second) }
                #expect(error?.found.contains("damaged") == true)
            } else {
                #expect(try Self.runs(second) == Self.runs(first))
            }
            try Data(bytes.dropLast(5)).write(to: kept)
            #expect(try !COCOIndex(file, cache: cache).isFromCache)
        }
    }

    @Test("A cache that cannot be written costs the cache, not the index")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            let taken = folder.appending(path: "taken")
            try Data().write(to: taken)
            let index = try COCOIndex(Self.golden, cache: COCOIndexCache(folder: taken))
            #expect(index.annotationCount == 40 && index.remark != nil)
        }
    }

    @Test("Elements that cannot be used are left out and named; the others go on")
    func problems() throws {
        typealias Row = COCODownload
        let rows = [
            Row.annotation(10, image: 1, category: 1, segmentation: "[[1, 2, 3, 4]]"),
            Row.annotation(11, image: 1, category: 1, segmentation: "[[1, 2, 3, 4, 5, 6, 7]]"),
            Row.annotation(12, image: 1, category: 1, segmentation: "[[1, 2, 3, 4, 5, 1e300]]"),
            Row.annotation(13, image: 1, category: 1, segmentation: #"{"size": [30, 40], "counts": [1, 2]}"#),
            Row.annotation(14, image: 1, category: 1, segmentation: #"{"size": [40, 30], "counts": [1200]}"#),
            Row.annotation(15, image: 1, category: 1, segmentation: #"{"size": [30, 40], "counts": "no runs"}"#),
            Row.annotation(16, image: 1, category: 1, segmentation: "7"),
            Row.annotation(17, image: 99, category: 1, segmentation: "[]"),
            Row.annotation(18, image: 1, category: 12, segmentation: "[]"),
            Row.annotation(19, image: 1, category: 1, segmentation: "[]", crowd: 2),
            #"{"id": 20, "image_id": "1", "category_id": 1}"#, #"{"id": 21}"#, "[]",
            #"{"id": 1.5, "image_id": 1, "category_id": 1}"#,
            Row.annotation(22, image: 1, category: 1, segmentation: #"{"size": [30], "counts": [1200]}"#),
            Row.annotation(23, image: 1, category: 1, segmentation: "null"),
        ]
        let picture = Row.Picture(number: 1, objects: [(1, (2, 3, 10, 5))])
        try withTemporaryFolder { folder in
            let index = try Self.index(Row.instances([picture, picture], more: rows), in: folder)
            // The box of each of the two pictures, which share an id, and the one without a segmentation.
            #expect(try index.annotations(at: 0).map(\.id) == [1, 2, 23])
            #expect(index.imageCount == 1)
            for number in 2...16 where number != 17 {
                #expect(index.problems.contains { $0.hasPrefix("annotations[\(number)]") }, "annotations[\(number)]")
            }
            #expect(index.problems.count == 16, "\(index.problems)")
            #expect(index.problems.contains { $0.contains("the id 1 stands twice") })
            #expect(index.problems.contains { $0.contains("30x40 pixels in an image of 40x30") })
        }
    }

    @Test("A thousand faults are counted, a hundred are told")
    func manyProblems() throws {
        let picture = COCODownload.Picture(number: 1, objects: [])
        try withTemporaryFolder { folder in
            let rows = (0..<1500).map { "{\"id\": \($0)}" }
            let index = try Self.index(COCODownload.instances([picture], more: rows), in: folder)
            #expect(index.problems.count == 101 && index.problems.last == "and 1400 more")
            #expect(index.problems.first?.hasPrefix("annotations[0] (byte ") == true)
        }
    }

    @Test(
        "What is no instances file is refused with the place",
        arguments: [
            ("", "byte 0", "the end of the file"), ("[1]", "byte 0", "a list"), ("{}", "byte 1", "an empty object"),
            ("{\"images\": [], \"annotations\": []}", "byte 0", "without \"categories\""),
            ("{\"images\": 3, \"annotations\": []}", "byte 11", "no list"),
            ("{\"images\": [], \"images\": []}", "byte 15", "twice"),
            ("{\"images\": [], \"annotations\": [{\"id\": 1", "byte 39", "the end of the file"),
            ("{\"images\": [{\"id\": 01}], \"annotations\": [], \"categories\": []}", "byte 12", "no JSON"),
            ("{\"images\": [{\"id\": 1} {\"id\": 2}], \"annotations\": [], \"categories\": []}", "byte 22", "comma"),
            ("{\"images\": [], \"annotations\": [], \"categories\": [], \"info\": tru}", "byte 60", "no JSON"),
            ("{\"images\": [], \"annotations\": [], \"categories\": []} x", "byte 52", "more text"),
            ("GIF89a", "byte 0", "no JSON object"),
        ])
    func refused(_ text: String, _ place: String, _ found: String) throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: DatasetError.self) { try Self.index(text, in: folder) }
            #expect(error?.place == place, "\(String(describing: error))")
            #expect(error?.found.contains(found) == true, "\(String(describing: error))")
        }
    }

    @Test("Brackets without end, numbers without end and missing files are refused")
    func hostile() throws {
        try withTemporaryFolder { folder in
            let head = "{\"images\": [], \"categories\": [], \"annotations\": ["
            let nested = head + "{\"id\": " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + "}]}"
            #expect(throws: DatasetError.self) { try Self.index(nested, in: folder) }
            #expect(throws: DatasetError.self) { try Self.index(String(repeating: "{\"a\":", count: 100_000), in: folder) }
            let large = head + "{\"id\": \"" + String(repeating: "1", count: 5_000_000) + "\"}]}"
            let error = #expect(throws: DatasetError.self) { try Self.index(large, in: folder) }
            #expect(error?.found == "an element above 4 MB")
            #expect(throws: DatasetError.self) { try COCOIndex(folder.appending(path: "none.json"), cache: nil) }
            #expect(throws: DatasetError.self) { try COCOIndex(folder, cache: nil) }
        }
    }

    @Test("Four thousand mutations of a file are read or refused, and never end the process")
    func mutations() throws {
        let picture = COCODownload.Picture(number: 1, objects: [(1, (2, 3, 10, 5)), (90, (0, 0, 40, 30))])
        let runs = #"{"size": [30, 40], "counts": [100, 30, 1070]}"#
        let text = COCODownload.instances(
            [picture],
            more: [
                COCODownload.annotation(7, image: 1, category: 18, segmentation: runs, crowd: 1),
                COCODownload.annotation(8, image: 1, category: 18, segmentation: "[[1.25, 2.5, 9.123456, 3, 4, 8]]"),
            ])
        // The categories are long and all alike.
        let original = Array(text.utf8.prefix(1400))
        let rest = Array(text.utf8.dropFirst(1400))
        var random = CongruentRandom(seed: 4)
        let alphabet = Array("{}[]\",:0123456789-eE.\\ntx \u{7f}".utf8)
        let clock = ContinuousClock()
        let start = clock.now
        var read = 0
        for _ in 0..<4000 {
            var bytes = original
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes[place] = alphabet[random.below(alphabet.count)]
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(alphabet[random.below(alphabet.count)], at: place)
                default: bytes[place] = UInt8(random.below(256))
                }
            }
            let whole = random.below(10) == 0 ? Array((bytes + rest).prefix(random.below(text.utf8.count))) : bytes + rest
            guard let built = try? COCOIndexBuilder.build(whole, file: "x", threads: 1) else { continue }
            let table = try #require(COCOIndexTable(built.index, digest: built.digest))
            let ids = table.categories.map(\.id)
            for place in 0..<table.layout.images {
                let image = table.image(place)
                let annotations = table.rows(of: place) { bytes, range in range.map { table.annotation(bytes, $0, ids: ids) } }
                let found = try #require(annotations).compactMap { $0 }
                guard image.height * image.width <= 1 << 20 else { continue }
                let painter = COCOPainter(found, of: image, rule: COCOMaskRule(crowds: .object), classes: COCO20iClasses.classIDs)
                _ = painter.pixelCounts()
            }
            read += 1
        }
        #expect(read > 200 && read < 3800, "\(read) of 4000 are still instances files")
        #expect(clock.now - start < .seconds(120))
    }
}

/// Numbers of a linear congruence: the same on every machine.
struct CongruentRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
