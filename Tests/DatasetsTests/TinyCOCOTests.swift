import Foundation
import TensorCore
import TestSupport
import Testing

@testable import Datasets

/// Real annotations against `pycocotools` (Scripts/goldens/coco.py prints the digests).
@Suite(
    "Tiny COCO", .enabled(if: SharedData.has("data/tiny_coco", for: "Tiny COCO"), "needs the photos of data/tiny_coco"))
struct TinyCOCOTests {
    private static let root = SharedData.folder.appending(path: "data/tiny_coco")

    @Test(
        "Every mask equals that of pycocotools, pixel for pixel",
        arguments: [
            ("train", 470, "4dc7ab8ac6c32c875ba6c3908aae943daccefdca3141bc874c05750fbd9c091a"),
            ("val", 382, "e6ba8f95269c482f7933b96460a82643e28e9651fe448be6720cd16c5833357a"),
        ])
    func masks(_ split: String, _ count: Int, _ digest: String) throws {
        let index = try COCOIndex(Self.root.appending(path: "annotations/instances_\(split)2017.json"), cache: nil)
        var lines: [(id: Int, runs: String)] = []
        for position in 0..<index.imageCount {
            let image = index.image(at: position)
            for annotation in try index.annotations(at: position) {
                let mask = annotation.segmentation.mask(height: image.height, width: image.width)
                lines.append((annotation.id, RunLengthMask(mask).compressed))
            }
        }
        #expect(lines.count == count && index.problems == [])
        let text = lines.sorted { $0.id < $1.id }.map { "\($0.id) \($0.runs)" }.joined(separator: "\n")
        #expect(SHA256.hex(text) == digest)
    }

    @Test("Episodes of every fold can be drawn and loaded", arguments: 0..<4)
    func episodes(fold: Int) throws {
        var options = COCO20iOptions()
        options.cache = nil
        let dataset = try COCO20i(root: Self.root, options: options).validation(fold: fold)
        #expect(dataset.items.count > 5)
        let episodes = try EvaluationProtocol.hsnetCOCO.draw(from: dataset.items, shots: 1)
        let loader = EvaluationProtocol.hsnetCOCO.loader(for: dataset)
        for reference in Set(episodes).sorted(by: { $0.line < $1.line }).prefix(6) {
            let loaded = try loader.load(reference)
            #expect(loaded.truth.object.area > 0 && loaded.truth.height == 400)
        }
    }

    @Test("The counts of pixels behind lists are those of the masks")
    func counts() throws {
        let index = try COCOIndex(Self.root.appending(path: "annotations/instances_val2017.json"), cache: nil)
        for overlap in COCOMaskRule.Overlap.allCases {
            let rule = COCOMaskRule(overlap: overlap, crowds: .object)
            let counts = try COCOPixelCounts(index, rule: rule, classes: COCO20iClasses.classIDs, cache: nil)
            for entry in counts.entries {
                let painter = COCOPainter(
                    try index.annotations(at: entry.position), of: index.image(at: entry.position), rule: rule,
                    classes: COCO20iClasses.classIDs)
                #expect(painter.mask(of: entry.classID).object.area == entry.pixels)
            }
        }
    }
}

@Suite(
    "HSNet's lists of COCO",
    .enabled(if: SharedData.has("data/hsnet_splits", for: "HSNet's lists of COCO"), "needs HSNet's lists in data/hsnet_splits"))
struct HSNetCOCOListTests {
    @Test("They are known by their digests and draw HSNet's episodes", arguments: 0..<4)
    func replay(fold: Int) throws {
        let folder = SharedData.folder.appending(path: "data/hsnet_splits/coco")
        let list = try COCOItemLists.read(folder, .validation, fold, rule: COCOListRule()) { _ in [:] }
        #expect(COCOItemLists.origin(list) == "HSNet's list")
        let episodes = try EpisodeSampler(.hsnetCOCO).episodes(from: list.items, shots: 1, count: 1000)
        let golden = ["e3bca6a15427fcd0", "906900932a74d505", "fba5fcd6417bafca", "e1ec0e1ef021e2e5"]
        #expect(EpisodeReference.hash(of: episodes).hasPrefix(golden[fold]))
    }
}
