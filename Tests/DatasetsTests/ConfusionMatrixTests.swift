import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Names every pixel as the class of its column, background elsewhere.
private struct Columns: SemanticSegmenter {
    let classes = [
        FewShotClass(id: 0, name: "background"), FewShotClass(id: 7, name: "left"), FewShotClass(id: 300, name: "middle"),
        FewShotClass(id: 90_000, name: "right"),
    ]

    func segment(_ image: RGBImage) throws -> SemanticPrediction {
        let scores = [0: 9..<9, 7: 0..<2, 300: 2..<5, 90_000: 5..<6].sorted { $0.key < $1.key }.map { _, columns in
            ScalarMap(height: 4, width: 6, values: (0..<24).map { columns.contains($0 % 6) ? 1 : 0.5 })
        }
        return SemanticPrediction(classIDs: classes.map(\.id), scores: scores)
    }
}

@Suite("Confusion matrix") struct ConfusionMatrixTests {
    private func map(_ values: Int32...) -> ClassMap { ClassMap(height: 1, width: values.count, values: values) }

    @Test("Counts by hand, void left out")
    func byHand() throws {
        var matrix = ConfusionMatrix(classIDs: [0, 5, 1000, 2])
        try matrix.add(prediction: map(0, 5, 5, 1000, 0, 5), truth: map(0, 5, 1000, 1000, 5, ClassMap.void))
        #expect(matrix[truth: 5, prediction: 5] == 1 && matrix[truth: 1000, prediction: 5] == 1)
        #expect(matrix[truth: 5, prediction: 0] == 1 && matrix.counts.reduce(0, +) == 5)
        // Background: 1 of 2. Class 5: 1 of 3. Class 1000: 1 of 2. Class 2 does not occur.
        #expect(matrix.iou(ofClass: 0) == 0.5 && matrix.iou(ofClass: 5) == 1.0 / 3 && matrix.iou(ofClass: 1000) == 0.5)
        #expect(matrix.iou(ofClass: 2) == nil && matrix.iou(ofClass: 77) == nil)
        #expect(abs(matrix.meanIoU - (0.5 + 1.0 / 3 + 0.5) / 3) < 1e-15)
        #expect(matrix.pixelAccuracy == 0.6)
        #expect(ConfusionMatrix(classIDs: [1]).meanIoU == 0 && ConfusionMatrix(classIDs: []).pixelAccuracy == 0)
    }

    @Test("A class that is only predicted counts as 0")
    func falseClass() throws {
        var matrix = ConfusionMatrix(classIDs: [0, 1])
        try matrix.add(prediction: map(0, 1), truth: map(0, 0))
        #expect(matrix.iou(ofClass: 1) == 0 && matrix.meanIoU == 0.25)
    }

    @Test("Merged parts are the whole, in any order")
    func merge() throws {
        var random = NumPyRandom(seed: 3)
        let images = (0..<6).map { _ in
            (0..<2).map { _ in ClassMap(height: 2, width: 5, values: (0..<10).map { _ in Int32(random.interval(2)) }) }
        }
        func matrix(_ indices: [Int]) throws -> ConfusionMatrix {
            var matrix = ConfusionMatrix(classIDs: [0, 1, 2])
            for index in indices { try matrix.add(prediction: images[index][0], truth: images[index][1]) }
            return matrix
        }
        var merged = try matrix([5, 0])
        try merged.merge(matrix([3]))
        try merged.merge(matrix([4, 2, 1]))
        #expect(try merged == matrix(Array(0..<6)))
        #expect(try JSONDecoder().decode(ConfusionMatrix.self, from: JSONEncoder().encode(merged)) == merged)
        #expect(throws: DatasetError.self) { try merged.merge(ConfusionMatrix(classIDs: [0, 1])) }
    }

    @Test("Unknown classes and sizes are named, and add nothing")
    func refusals() throws {
        var matrix = ConfusionMatrix(classIDs: [0, 1])
        let labels = #expect(throws: DatasetError.self) { try matrix.add(prediction: map(0, 0), truth: map(0, 9)) }
        #expect(labels?.file == "labels" && labels?.found == "class 9")
        let named = #expect(throws: DatasetError.self) { try matrix.add(prediction: map(0, ClassMap.void), truth: map(0, 1)) }
        #expect(named?.file == "prediction" && named?.found == "void")
        let size = #expect(throws: DatasetError.self) { try matrix.add(prediction: map(0), truth: map(0, 1)) }
        #expect(size?.found == "1x1 pixels")
        #expect(matrix == ConfusionMatrix(classIDs: [0, 1]))
    }

    @Test("A semantic segmenter is scored over a dataset, whatever the batches", arguments: [1, 2, 5], [0, 2])
    func evaluator(batchSize: Int, prefetch: Int) async throws {
        let evaluator = SemanticEvaluator(dataset: OverlappingDataset(), batchSize: batchSize, prefetch: prefetch)
        var done: [Int] = []
        let result = try await evaluator.evaluate(Columns()) { done.append($0.done) }
        // Truth 7 300 300 300 90000 90000, named 7 7 300 300 300 90000, in three rows of three photos.
        #expect(result.imageCount == 3 && done.last == 3)
        #expect(result.classes.map(\.iou) == [nil, 0.5, 0.5, 0.5])
        #expect(result.meanIoU == 0.5)
        #expect(result.pixelAccuracy == 4.0 / 6)
        #expect(result.matrix.counts.reduce(0, +) == 54)
    }

    @Test("The highest score wins, the first of equals")
    func scores() {
        let low = ScalarMap(height: 1, width: 3, values: [0.2, 0.5, -3])
        let high = ScalarMap(height: 1, width: 3, values: [0.7, 0.5, -9])
        #expect(SemanticPrediction(classIDs: [4, 400], scores: [low, high]).map.values == [400, 4, 4])
    }
}
