import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Says that everything is the object.
private struct Everything: EpisodicSegmenter {
    func segment(_ episode: Episode) throws -> Prediction {
        .mask(BinaryMask(height: episode.query.height, width: episode.query.width) { _, _ in true })
    }
}

@Suite("COCO-20i") struct COCO20iTests {
    private typealias Picture = COCODownload.Picture

    /// Fold 0 has person (1) and airplane (5); fold 1 bicycle (2); fold 2 car (3).
    private static let val: [Picture] = [
        Picture(number: 11, objects: [(1, (0, 0, 20, 10)), (2, (0, 0, 40, 30))]),
        Picture(number: 12, objects: [(1, (5, 5, 10, 20)), (5, (8, 8, 20, 10))]),
        Picture(number: 507_081, objects: [(1, (20, 10, 20, 20))]),
        Picture(number: 14, objects: [(5, (0, 0, 15, 15)), (5, (20, 10, 15, 15))]),
        Picture(number: 15, objects: [(5, (3, 3, 3, 3)), (2, (1, 1, 30, 20))]),
    ]
    private static let train: [Picture] = [
        Picture(number: 21, objects: [(2, (0, 0, 20, 20)), (1, (20, 0, 20, 30))]),
        Picture(number: 22, objects: [(2, (5, 5, 20, 20)), (3, (0, 0, 12, 12))]),
        Picture(number: 23, objects: [(3, (10, 0, 20, 20))]),
    ]

    private static func options(_ folder: URL, _ change: (inout COCO20iOptions) -> Void = { _ in }) -> COCO20iOptions {
        var options = COCO20iOptions()
        options.minimumPixels = 100
        options.cache = COCOIndexCache(folder: folder.appending(path: "cache"))
        change(&options)
        return options
    }

    private static func download(_ folder: URL, year: Int) throws -> COCODownload {
        let download = COCODownload(root: folder, year: year)
        try download.write("val", val)
        try download.write("train", train)
        return download
    }

    @Test("Both conventions cut 80 classes into four folds")
    func folds() {
        #expect(COCO20iClasses.classes.count == 80 && COCO20iClasses.classIDs.count == 80)
        let interleaved = COCO20iClasses.novelClasses(fold: 0).map(\.name)
        #expect(interleaved.prefix(5) == ["person", "airplane", "boat", "parking meter", "dog"] && interleaved.count == 20)
        #expect(COCO20iClasses.novelClasses(fold: 3).last?.name == "toothbrush")
        #expect(COCO20iClasses.novelClasses(fold: 2, folds: .contiguous).map(\.id) == Array(41...60))
        #expect(COCO20iClasses.baseClasses(fold: 1).count == 60)
        for folds in COCOFolds.allCases {
            let all = (0..<4).flatMap { COCO20iClasses.novelClasses(fold: $0, folds: folds).map(\.id) }
            #expect(all.sorted() == Array(1...80))
        }
    }

    @Test("A download becomes lists by the named rule, in either release", arguments: [2014, 2017])
    func generated(year: Int) throws {
        try withTemporaryFolder { folder in
            let download = try Self.download(folder, year: year)
            let coco = try COCO20i(root: folder, options: Self.options(folder))
            let val = try coco.validation(fold: 0)
            let ids = [11, 12, 507_081].map { DatasetItem(id: "val\(year)/\(download.fileName($0, "val"))", classID: 1) }
            let planes = [12, 14].map { DatasetItem(id: "val\(year)/\(download.fileName($0, "val"))", classID: 5) }
            // The bicycle covers the person of 11, and its class the whole photo: later annotations lie above.
            #expect(val.items == Array(ids.dropFirst()) + planes)
            #expect(val.classes.map(\.name) == ["person", "airplane"])
            #expect(val.listHash == DatasetItem.hash(of: val.items))
            let trained = try coco.training(fold: 0)
            #expect(Set(trained.items.map(\.classID)) == [2, 3] && trained.items.count == 4)
            #expect(try Set(trained.classIDs(in: trained.items[0].id)) == [1, 2])
            var options = Self.options(folder)
            options.novelImages = .drop
            options.minimumImages = 1
            let dropped = try COCO20i(root: folder, options: options).training(fold: 0)
            #expect(!dropped.items.contains { $0.id.contains("21.jpg") } && dropped.items.count == 3)
        }
    }

    @Test("The rule for masks decides overlaps, crowds, parts and small annotations, and the manifest has it")
    func rules() throws {
        let parts = "[[0, 0, 10, 0, 10, 10, 0, 10], [20, 0, 30, 0, 30, 10, 20, 10]]"
        let more = [
            COCODownload.object(80, image: 31, category: 5, box: (0, 0, 20, 20), area: 400),
            COCODownload.object(81, image: 31, category: 1, box: (10, 10, 20, 20), area: 300),
            COCODownload.annotation(
                82, image: 31, category: 1, segmentation: #"{"size": [30, 40], "counts": [1080, 120]}"#, crowd: 1, area: 120),
            COCODownload.annotation(83, image: 32, category: 1, segmentation: parts, area: 200),
        ]
        try withTemporaryFolder { folder in
            let download = COCODownload(root: folder, year: 2017)
            try download.write("val", [Picture(number: 31, objects: []), Picture(number: 32, objects: [])], more: more)
            func dataset(_ rule: COCOMaskRule) throws -> any FewShotDataset {
                let options = Self.options(folder) {
                    $0.maskRule = rule
                    ($0.minimumPixels, $0.minimumImages) = (1, 1)
                }
                return try COCO20i(root: folder, options: options).validation(fold: 0)
            }
            func areas(_ rule: COCOMaskRule, _ number: Int = 31) throws -> [Int] {
                let dataset = try dataset(rule)
                let id = "val2017/\(download.fileName(number, "val"))"
                let counts = try dataset.classIDs(in: id)
                let masks = try [1, 5].map { try dataset.mask(of: $0, in: id) }
                #expect(Set([1, 5].filter { masks[$0 == 1 ? 0 : 1].object.area > 0 }) == counts)
                return masks.map(\.object.area) + [masks[0].void?.area ?? 0]
            }
            #expect(try areas(COCOMaskRule()) == [400, 300, 0])
            #expect(try areas(COCOMaskRule(overlap: .first)) == [300, 400, 0])
            #expect(try areas(COCOMaskRule(overlap: .smallest)) == [400, 300, 0])
            #expect(try areas(COCOMaskRule(overlap: .separate)) == [400, 400, 0])
            #expect(try areas(COCOMaskRule(crowds: .object)) == [520, 300, 0])
            #expect(try areas(COCOMaskRule(crowds: .void)) == [400, 300, 120])
            #expect(try areas(COCOMaskRule(minimumArea: 350)) == [0, 400, 0])
            #expect(try areas(COCOMaskRule(), 32) == [200, 0, 0])
            #expect(try areas(COCOMaskRule(parts: .first), 32) == [100, 0, 0])
            let voids = try dataset(COCOMaskRule(crowds: .void))
            let map = try voids.classMap(of: "val2017/\(download.fileName(31, "val"))")
            #expect(map.values.filter { $0 == ClassMap.void }.count == 120 && map.values.filter { $0 == 5 }.count == 300)
            let rule = COCOMaskRule(overlap: .first, crowds: .void, parts: .first, minimumArea: 9)
            let record = EvaluationRecord(
                protocol: .vocUniform, loader: EpisodeLoader(dataset: CachedDataset(try dataset(rule))), episodes: [], method: "x"
            )
            #expect(
                record.labelRule == "COCO masks 1: overlap first, crowds void, polygons first, annotations of at least 9 px")
            #expect(
                try dataset(rule).contentDigest("val2017/\(download.fileName(31, "val"))")
                    != voids.contentDigest("val2017/\(download.fileName(31, "val"))"))
        }
    }

    @Test("The registered name takes a folder through the whole way to scores")
    func evaluate() async throws {
        try await withTemporaryFolder { folder in
            _ = try Self.download(folder, year: 2017)
            var request = DatasetRequest(argument: "coco=\(folder.path)")
            request.options = ["min-pixels": "100", "overlap": "separate", "cache": "none"]
            let dataset = try DatasetRegistry.dataset(request).dataset(.validation, fold: 0)
            let episodes = try EpisodeSampler(.hsnetCOCO).episodes(from: dataset.items, shots: 1, count: 20)
            let loader = EpisodeLoader(dataset: dataset, ignoreRule: .nothing)
            let result = try await Evaluator(loader: loader).evaluate(Everything(), on: episodes)
            #expect(result.scores.count == 20 && result.meanIoU > 0.1 && result.meanIoU < 0.5)
            #expect(Set(episodes.map(\.classID)) == [1, 5])
            let report = try await DatasetRegistry.dataset(request).check()
            #expect(report.lists.contains { $0.split == "val" && $0.fold == 0 && $0.pairs == 5 })
            #expect(report.warnings.contains { $0.contains("also show novel classes of fold 0") })
            #expect(report.errors.allSatisfy { $0.contains("no class of fold") }, "\(report.errors)")
        }
    }

    @Test("Lists of every format name the same pairs; 2014's lists find 2017's photos")
    func lists() throws {
        let paths = ["val2014/COCO_val2014_000000000012.jpg", "val2014/COCO_val2014_000000507081.jpg"]
        // {0: [paths[0], paths[1]], 4: [paths[0]]} in protocol 3, as HSNet's lists.
        func text(_ value: String) -> [UInt8] { [0x58, UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8) }
        let pickle: [UInt8] =
            [0x80, 3, 0x7D, 0x71, 0, 0x28, 0x4B, 0, 0x5D, 0x71, 1, 0x28] + text(paths[0]) + [0x71, 2] + text(paths[1])
            + [0x71, 3, 0x65, 0x4B, 4, 0x5D, 0x71, 4, 0x28, 0x68, 2, 0x65, 0x75, 0x2E]
        let pairs = [(paths[0], 1), (paths[1], 1), (paths[0], 5)].map { DatasetItem(id: $0.0, classID: $0.1) }
        let lines = pairs.map { "\($0.id)__\($0.classID)\r\n" }.joined()
        let python =
            "{1: [('../data/MSCOCO2014/\(paths[0])', '../x/a.png'), ('../data/\(paths[1])', 'b.png')], 5: [('\(paths[0])',)]}"
        let files: [(String, [UInt8])] = [
            ("fold0.pkl", pickle), ("fold0.txt", Array(lines.utf8)), ("sub_class_file_list_0.txt", Array(python.utf8)),
        ]
        try withTemporaryFolder { folder in
            _ = try Self.download(folder, year: 2017)
            for (name, bytes) in files {
                let lists = folder.appending(path: "lists-\(name)")
                try FileManager.default.createDirectory(at: lists.appending(path: "val"), withIntermediateDirectories: true)
                try Data(bytes).write(to: lists.appending(path: "val/\(name)"))
                let coco = try COCO20i(root: folder, options: Self.options(folder) { $0.lists = lists })
                let dataset = try coco.validation(fold: 0)
                #expect(dataset.items == pairs, "\(name)")
                #expect(dataset.listHash == SHA256.hex(bytes) && dataset.classes.count == 20)
                #expect(dataset.name.contains("list \(name)"))
                #expect(try dataset.image(paths[1]).width == 40)
                #expect(try dataset.mask(of: 1, in: paths[1]).object.area == 400)
                #expect(coco.has(.validation, fold: 0) && !coco.has(.validation, fold: 1) && !coco.has(.training, fold: 0))
                let error = #expect(throws: DatasetError.self) { try coco.validation(fold: 1) }
                #expect(error?.found == "no list of fold 1")
                let other = Self.options(folder) {
                    $0.lists = lists
                    $0.folds = .contiguous
                }
                #expect(try COCO20i(root: folder, options: other).validation(fold: 0).items.count == 3)
            }
        }
    }

    @Test(
        "Lists that are damaged or of another fold are refused with the place",
        arguments: [
            ("sub_class_file_list_0.txt", "{1: [('val2017/000000000011.jpg', 'x.png')", "the end of the file"),
            ("sub_class_file_list_0.txt", "__import__('os')", "__import__("),
            ("sub_class_file_list_0.txt", "{1: [('val2017/000000000011\\x2e.jpg', 'x')]}", "'val2017/000"),
            ("sub_class_file_list_0.txt", "{}", "no pair"),
            ("sub_class_file_list_0.txt", "{2: [('val2017/000000000011.jpg', 'x')]}", "the class 2"),
            ("fold0.txt", "val2017/000000000011__6\n", "the class 6"),
            ("fold0.txt", "val2017/cat__1\n", "the image \"val2017/cat\""),
            ("fold0.txt", "val2017/000000000099__1\n", "no such file (1 missing in all)"),
            ("fold0.txt", "val2017/000000000021__1\nval2017/000000000098__1\n", "no such file (1 missing in all)"),
        ])
    func wrongLists(_ name: String, _ text: String, _ found: String) throws {
        try withTemporaryFolder { folder in
            _ = try Self.download(folder, year: 2017)
            let lists = folder.appending(path: "lists/val")
            try FileManager.default.createDirectory(at: lists, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: lists.appending(path: name))
            let options = Self.options(folder) { $0.lists = lists.deletingLastPathComponent() }
            let error = #expect(throws: DatasetError.self) { try COCO20i(root: folder, options: options).validation(fold: 0) }
            #expect(error?.found.contains(found) == true, "\(String(describing: error))")
        }
    }

    @Test("A folder of PNGs with class ids works in place of instances, and says so")
    func pictures() throws {
        try withTemporaryFolder { folder in
            let download = COCODownload(root: folder, year: 2014)
            try download.writePhotos("val", [11, 12])
            let place = folder.appending(path: "annotations/val2014")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (number, value) in [(11, UInt8(73)), (12, 1)] {
                let values = (0..<1200).map { $0 < 300 ? value : ($0 < 310 ? 255 : 0) }
                let name = download.fileName(number, "val").replacing(".jpg", with: ".png")
                try LabelMap(height: 30, width: 40, values: values).save(to: place.appending(path: name))
            }
            let lists = folder.appending(path: "lists/val")
            try FileManager.default.createDirectory(at: lists, withIntermediateDirectories: true)
            let id = "val2014/COCO_val2014_000000000011.jpg"
            try Data("\(id)__73\n".utf8).write(to: lists.appending(path: "fold0.txt"))
            let request = DatasetRequest(
                name: "coco", path: folder.path, lists: lists.deletingLastPathComponent().path, labelFolder: "annotations")
            let dataset = try DatasetRegistry.dataset(request).validation(fold: 0)
            #expect(try dataset.mask(of: 73, in: id).object.area == 300)
            #expect(try dataset.mask(of: 73, in: id).void?.area == 10)
            #expect(try dataset.classIDs(in: id) == [73] && dataset.labelRule == "label maps of annotations")
            let bad = folder.appending(path: "annotations/val2014/COCO_val2014_000000000011.png")
            try LabelMap(height: 30, width: 40, values: [UInt8](repeating: 90, count: 1200)).save(to: bad)
            #expect(throws: DatasetError.self) { try dataset.mask(of: 73, in: id) }
            var none = request
            none.lists = nil
            let error = #expect(throws: DatasetError.self) { try DatasetRegistry.dataset(none).validation(fold: 0) }
            #expect(error?.found == "label maps without lists")
            none.labelFolder = nil
            #expect(throws: DatasetError.self) { try DatasetRegistry.dataset(none) }
        }
    }

    @Test("Wrong folders, options, categories and photos are refused by name")
    func refusals() throws {
        try withTemporaryFolder { folder in
            #expect(throws: DatasetError.self) { try COCO20i(root: folder) }
            _ = try Self.download(folder, year: 2017)
            func request(_ options: [String: String], lists: String? = nil, name: String = "coco") -> DatasetRequest {
                DatasetRequest(name: name, path: folder.path, lists: lists, options: options)
            }
            let wrong = [
                ["year": "2015"], ["year": "2014"], ["folds": "5"], ["crowds": "maybe"], ["min-pixels": "0"], ["minpixels": "3"],
            ]
            for options in wrong {
                #expect(throws: DatasetError.self, "\(options)") { try DatasetRegistry.dataset(request(options)) }
            }
            #expect(throws: DatasetError.self) { try DatasetRegistry.dataset(DatasetRequest(name: "coco")) }
            #expect(throws: DatasetError.self) {
                try DatasetRegistry.dataset(DatasetRequest(name: "coco", path: folder.path, foldCount: 5))
            }
            #expect(throws: DatasetError.self) { try DatasetRegistry.dataset(request([:], name: "minicoco")) }
            #expect(throws: DatasetError.self) {
                try DatasetRegistry.dataset(DatasetRequest(name: "shapes5i", options: ["a": "b"]))
            }
            let coco = try COCO20i(root: folder, options: Self.options(folder))
            #expect(throws: DatasetError.self) { try coco.validation(fold: 4) }
            try FileManager.default.removeItem(at: folder.appending(path: "val2017/000000000012.jpg"))
            let missing = #expect(throws: DatasetError.self) { try coco.validation(fold: 0) }
            #expect(missing?.found == "no such file (1 missing in all)")
            let file = folder.appending(path: "annotations/instances_val2017.json")
            let text = try String(contentsOf: file, encoding: .utf8).replacing("\"toothbrush\"", with: "\"brush\"")
            try Data(text.utf8).write(to: file)
            let other = #expect(throws: DatasetError.self) { try coco.validation(fold: 0) }
            #expect(other?.found == "the category 90, \"brush\"")
        }
    }

    @Test("MiniCOCO takes DifFSS's lists and no others")
    func miniCOCO() throws {
        try withTemporaryFolder { folder in
            _ = try Self.download(folder, year: 2017)
            let lists = folder.appending(path: "lists/val")
            try FileManager.default.createDirectory(at: lists, withIntermediateDirectories: true)
            try Data("{1: [('val2014/COCO_val2014_000000000012.jpg', 'x')]}".utf8)
                .write(to: lists.appending(path: "sub_class_file_list_0.txt"))
            let request = DatasetRequest(
                name: "minicoco", path: folder.path, lists: lists.deletingLastPathComponent().path, options: ["cache": "none"])
            let dataset = try DatasetRegistry.dataset(request)
            #expect(dataset.name == "minicoco-20i" && dataset.foldCount == 4)
            let error = #expect(throws: DatasetError.self) { try dataset.validation(fold: 0) }
            #expect(
                error?.found.hasPrefix("another list (sha256 ") == true && error?.expected.contains("e2f18aac5db7d2f5") == true)
        }
    }

    @Test("COCO to PASCAL tests the classes of VOC that a fold of COCO has not seen")
    func cocoToPascal() throws {
        #expect(COCOToPascal.folds.flatMap { $0 }.sorted() == Array(1...20))
        try withTemporaryFolder { folder in
            let voc = folder.appending(path: "voc")
            for name in ["JPEGImages", "SegmentationClass", "ImageSets/Segmentation"] {
                try FileManager.default.createDirectory(at: voc.appending(path: name), withIntermediateDirectories: true)
            }
            for (id, values) in [("a", [UInt8(1), 8]), ("b", [8, 14]), ("c", [15])] {
                try ImageFile.save(RGBImage(height: 4, width: 4), to: voc.appending(path: "JPEGImages/\(id).jpg"))
                let map = (0..<16).map { $0 < values.count * 4 ? values[$0 / 4] : 0 }
                try LabelMap(height: 4, width: 4, values: map).save(to: voc.appending(path: "SegmentationClass/\(id).png"))
            }
            try Data("a\nb\n".utf8).write(to: voc.appending(path: "ImageSets/Segmentation/val.txt"))
            let download = folder.appending(path: "coco")
            _ = try Self.download(download, year: 2017)
            let request = DatasetRequest(
                name: "coco-pascal", path: voc.path, options: ["coco": download.path, "min-pixels": "100", "cache": "none"])
            let dataset = try DatasetRegistry.dataset(request)
            let first = try dataset.validation(fold: 0)
            #expect(first.items == [DatasetItem(id: "a", classID: 1)])
            #expect(first.classes.map(\.name) == ["aeroplane", "boat", "chair", "dining table", "dog", "person"])
            #expect(
                try dataset.validation(fold: 3).items == [
                    DatasetItem(id: "a", classID: 8), DatasetItem(id: "b", classID: 8), DatasetItem(id: "b", classID: 14),
                ])
            #expect(throws: DatasetError.self) { try dataset.validation(fold: 1) }
            #expect(try dataset.training(fold: 0).items.count == 4)
            #expect(throws: DatasetError.self) { try COCOToPascal(root: voc).training(fold: 0) }
            let lists = folder.appending(path: "lists/val")
            try FileManager.default.createDirectory(at: lists, withIntermediateDirectories: true)
            for (fold, line) in ["a__1", "a__8", "c__15", "b__16"].enumerated() {
                try Data(line.utf8).write(to: lists.appending(path: "fold\(fold).txt"))
            }
            let listed = try COCOToPascal(root: voc, lists: lists.deletingLastPathComponent())
            #expect(try listed.validation(fold: 0).items.map(\.id) == ["a", "c"])
            #expect(try listed.validation(fold: 2).items == [DatasetItem(id: "b", classID: 16)])
        }
    }
}
