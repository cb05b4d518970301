internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Whole classifiers through the general path: wrong channel order, scaling, padding or names would show in what they see.
@Suite(
    "Published classifiers name photos", .serialized,
    .enabled(if: SharedData.has("weights", for: "Published classifiers name photos"), "needs the published weights"))
struct NamedPhotosTests {
    /// Words of ImageNet's labels by class of PASCAL.
    private static let words: [Int: [String]] = [
        1: ["airliner", "warplane", "wing"], 2: ["bike", "bicycle"],
        4: ["boat", "liner", "catamaran", "yawl", "schooner", "canoe", "dock"],
        5: ["bottle", "flask", "jug", "pitcher"], 6: ["bus", "trolleybus"],
        7: ["car", "wagon", "convertible", "cab", "limousine", "pickup", "racer", "minivan"],
        8: ["cat", "tabby", "lynx"], 9: ["chair", "throne", "seat"], 13: ["sorrel", "horse"], 14: ["moped", "scooter", "motor"],
        19: ["locomotive", "train", "carriage", "streetcar"], 20: ["screen", "monitor", "television", "desktop computer"],
    ]

    @Test("Twelve classes, the first photo of each", arguments: ["squeezenet1_0-caffe", "mobilenet_v2-keras"])
    func names(_ preset: String) throws {
        let weights = SharedData.url("weights")
        let text = try String(contentsOf: weights.appendingPathComponent("imagenet_labels.txt"), encoding: .utf8)
        let labels = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let loaded = try Backbones.load(name: preset, weights: weights)
        let network = try #require(loaded.backbone as? StagedNetwork)
        let photos = SharedData.url("data/pascal_mini")
        let list =
            try String(contentsOf: photos.appendingPathComponent("splits/mini/trn/fold2.txt"), encoding: .utf8)
            + String(contentsOf: photos.appendingPathComponent("splits/mini/val/fold2.txt"), encoding: .utf8)
        var (named, rows): (Int, [String]) = (0, [])
        for (classID, words) in Self.words.sorted(by: { $0.key < $1.key }) {
            let ending = "__" + (classID < 10 ? "0" : "") + String(classID)
            let line = try #require(list.split(separator: "\n").first { $0.hasSuffix(ending) })
            let file = photos.appendingPathComponent("JPEGImages/\(line.dropLast(4)).jpg")
            let photo = try ImageFile.load(file).resized(height: 224, width: 224, filter: .bilinear)
            let scores = withoutGradients { network.logits(photo.tensor()) }.scalars
            let top = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(5).map { labels[$0] }
            let isNamed = top.contains { label in words.contains { label.contains($0) } }
            named += isNamed ? 1 : 0
            rows.append("\(line) \(isNamed ? "named" : "not named"): \(top.joined(separator: " | "))")
        }
        print("\(preset)\n  " + rows.joined(separator: "\n  "))
        #expect(named >= 6, "\(rows)")
    }
}
