/// What went wrong while pseudo labels were made or learned from.
public enum PseudoLabelError: Error, CustomStringConvertible, Equatable {
    /// A refiner's answer that does not fit what it was asked.
    case refiner(String, found: String, expected: String)
    /// A class that is to be learned and has no pixel in any support.
    case noPrototype(String)
    /// Nothing to learn from.
    case noExamples
    /// A set of which no image shows its class after a stage.
    case emptySet(folder: String, stage: PseudoLabelStage, minimumPixels: Int)
    /// A file that holds no network for generalized few-shot segmentation.
    case notANetwork(file: String, reason: String)

    public var description: String {
        switch self {
        case .refiner(let name, let found, let expected):
            "the boundary refiner \(name) returned \(found), expected \(expected); correct the refiner"
        case .noPrototype(let name):
            "the class \(name) has no pixel in any support, expected at least one; give a support whose mask shows it"
        case .emptySet(let folder, let stage, let pixels):
            "\(folder): found no image with \(pixels) pixels of its class after the stage \(stage.rawValue), expected one at least; look at masks/sheet.png: a lower lambda, certainty or confidence keeps more"
        case .notANetwork(let file, let reason):
            "\(file): \(reason), expected a network of `fss gfss train`; check the path"
        case .noExamples: "there is no labelled photo to learn from; give base images, supports or synthetic images"
        }
    }
}
