internal import Datasets

/// One fold with one seed of trainings and episodes.
struct DiffUpCell: Codable, Hashable, Sendable {
    var fold: Int
    var seed: UInt64

    /// The folder of its trainings.
    var folder: String { "cells/fold\(fold)-seed\(seed)" }
}

/// What is scored: a decoder behind a backbone, asked in one way.
struct DiffUpMeasure: Codable, Hashable, Sendable {
    /// The name of the prototypes without a decoder.
    static let prototypes = "prototypes"

    /// The name of words without a decoder, and of what is known without a word.
    static let (word, blind) = (LoadedWords.method, LoadedWords.blind)

    /// The decoder's row.
    var variant: String
    /// The backbone that it was trained behind, by its place.
    var trained = 0
    /// The backbone that it is asked behind.
    var backbone = 0
    var annotation = AnnotationRule.mask
    var shots = 1
    /// The sampler; nil for the row's own.
    var sampler: String?
    /// Its steps; nil for the row's own.
    var steps: Int?
    /// Whether the other dataset is asked; nil for not.
    var elsewhere: Bool?

    init(
        _ variant: String, trained: Int = 0, backbone: Int = 0, annotation: AnnotationRule = .mask, shots: Int = 1,
        sampler: String? = nil, steps: Int? = nil, elsewhere: Bool? = nil
    ) {
        (self.variant, self.trained, self.backbone) = (variant, trained, backbone)
        (self.annotation, self.shots, self.sampler, self.steps) = (annotation, shots, sampler, steps)
        self.elsewhere = elsewhere
    }

    /// For progress.
    var title: String {
        var words = [variant, "behind backbone \(backbone)"]
        if trained != backbone { words.append("trained behind \(trained)") }
        if annotation != .mask { words.append(annotation.rawValue) }
        if shots != 1 { words.append("\(shots)-shot") }
        if let sampler { words.append(sampler) }
        if let steps { words.append("\(steps) steps") }
        if elsewhere == true { words.append("on the other dataset") }
        return words.joined(separator: ", ")
    }
}

/// A score of a cell.
struct DiffUpResult: Codable, Hashable, Sendable {
    var cell: DiffUpCell
    var measure: DiffUpMeasure
    /// Over the fold's classes, 0...1.
    var meanIoU: Double
    var foregroundBackgroundIoU: Double
    var seconds: Double
}

/// What figure 6 shows of a backbone in a cell.
struct DiffUpPriors: Codable, Hashable, Sendable {
    var cell: DiffUpCell
    var backbone: Int
    /// The IoU of each episode's prior.
    var values: [Double]
    /// The IoU of each episode's mask, of the full model's decoder of the first backbone.
    var masks: [Double]
}

/// What figure 9 shows in a cell.
struct DiffUpErrors: Codable, Hashable, Sendable {
    var cell: DiffUpCell
    /// The mean agreement of the believed mask with the truth, low to high noise.
    var agreements: [Double]
    /// The same of the noisy mask alone.
    var noisyAgreements: [Double]
}
