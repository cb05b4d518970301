internal import Datasets
internal import Foundation
internal import PseudoLabel
internal import TensorCore
internal import TestSupport
internal import Testing

/// `Scripts/goldens/pseudo_labels.py`.
struct PseudoLabelGoldens {
    let goldens: Goldens

    init() throws {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        goldens = try Goldens(contentsOf: folder.appendingPathComponent("pseudo-labels.safetensors"))
    }

    func tensor(_ name: String) throws -> Tensor { try goldens.tensor(name) }

    func labels(_ name: String) throws -> ClassMap {
        let stored = try goldens.tensor(name)
        return ClassMap(
            height: stored.shape[0], width: stored.shape[1], values: stored.converted(to: .float32).scalars.map { Int32($0) })
    }
}

@Suite("Pseudo-label enhancement")
struct EnhancementTests {
    private static func prototypes(_ goldens: PseudoLabelGoldens) throws -> ClassPrototypes {
        var prototypes = ClassPrototypes()
        prototypes.add(try goldens.tensor("support"), try goldens.labels("support_labels"), classes: [2, 4])
        return prototypes
    }

    private static var settings: PseudoLabelEnhancement {
        var settings = PseudoLabelEnhancement()
        (settings.regionThreshold, settings.beta, settings.confidence, settings.margin) = (0.8, 0.4, 0.6, 0.02)
        return settings
    }

    @Test("Prototypes are means over the pixels of all supports")
    func prototypes() throws {
        let goldens = try PseudoLabelGoldens()
        let prototypes = try Self.prototypes(goldens)
        #expect(prototypes.classIDs == [2, 4])
        for classID in [2, 4] {
            let mean = try #require(prototypes.mean(classID)).reshaped(to: [12])
            #expect(mismatch(mean, try goldens.tensor("mean\(classID)"), .elements(relative: 1e-5, absolute: 1e-6)) == nil)
        }
        var twice = prototypes
        twice.add(try goldens.tensor("support"), try goldens.labels("support_labels"), classes: [2, 4])
        #expect(twice.pixelCount(2) == 2 * prototypes.pixelCount(2))
        #expect(prototypes.mean(7) == nil)
    }

    @Test("Regions, filtered labels and relabelled labels are those of the formulas")
    func stages() throws {
        let goldens = try PseudoLabelGoldens()
        let predicted = try goldens.labels("predicted")
        let result = Self.settings(
            predicted, try goldens.tensor("features"), try Self.prototypes(goldens), candidates: [2, 4])
        let similarities = try goldens.tensor("similarities").scalars
        #expect(result.scores.count == similarities.count)
        for (score, similarity) in zip(result.scores, similarities) { #expect(abs(score.similarity - similarity) < 1e-4) }
        #expect(result.filtered == (try goldens.labels("filtered")))
        #expect(result.relabelled == (try goldens.labels("relabelled")))
        #expect(result.named == zip(result.filtered.values, result.relabelled.values).count { $0 != $1 })
        #expect(result.named > 0 && result.relabelled.values.contains(ClassMap.void))
    }

    @Test("Nothing but a free pixel takes another label, and stages that are off pass labels on")
    func kept() throws {
        let goldens = try PseudoLabelGoldens()
        let (predicted, features) = (try goldens.labels("predicted"), try goldens.tensor("features"))
        let prototypes = try Self.prototypes(goldens)
        let result = Self.settings(predicted, features, prototypes, candidates: [2, 4])
        for pixel in predicted.values.indices where result.filtered.values[pixel] != ClassMap.void {
            #expect(result.relabelled.values[pixel] == predicted.values[pixel])
        }
        var off = Self.settings
        (off.filters, off.relabels) = (false, false)
        let same = off(predicted, features, prototypes, candidates: [2, 4])
        #expect(same.filtered == predicted && same.relabelled == predicted && same.scores.isEmpty)
        off.filters = true
        #expect(off(predicted, features, prototypes, candidates: []).relabelled == result.filtered)
    }

    @Test("Empty supports, photos without a region and photos without a kept pixel leave labels as they are")
    func empty() throws {
        let goldens = try PseudoLabelGoldens()
        let (predicted, features) = (try goldens.labels("predicted"), try goldens.tensor("features"))
        let none = Self.settings(predicted, features, ClassPrototypes(), candidates: [2])
        #expect(none.relabelled == predicted)
        let blank = ClassMap(height: 40, width: 52, values: [Int32](repeating: 0, count: 2080))
        #expect(Self.settings(blank, features, try Self.prototypes(goldens), candidates: [2]).relabelled == blank)
        let void = ClassMap(height: 40, width: 52, values: [Int32](repeating: ClassMap.void, count: 2080))
        #expect(Self.settings(void, features, ClassPrototypes(), candidates: [2]).relabelled == void)
    }
}
