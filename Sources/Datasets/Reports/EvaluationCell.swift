/// The score of one method on one fold with one backbone.
public struct EvaluationCell: Codable, Sendable, Equatable {
    /// The method's name of a trained model.
    public static let diffUp = "DiffUp"

    /// The fold.
    public var fold: Int
    /// The backbone's name.
    public var backbone: String
    /// What segmented: a baseline's name, or ``diffUp``.
    public var method: String
    /// Its scores.
    public var result: EvaluationResult
    /// What else decided them, by name.
    public var settings: [String: String]
    /// How long it took.
    public var seconds: Double

    /// Joins a score with what it belongs to.
    public init(
        fold: Int, backbone: String, method: String, result: EvaluationResult, settings: [String: String] = [:],
        seconds: Double = 0
    ) {
        self.fold = fold
        self.backbone = backbone
        self.method = method
        self.result = result
        self.settings = settings
        self.seconds = seconds
    }

    /// The folder of its files in a run folder.
    public var folderName: String { Self.folderName(fold: fold, backbone: backbone, method: method) }

    /// The folder of a score's files in a run folder: "fold0-resnet50-DiffUp".
    public static func folderName(fold: Int, backbone: String, method: String) -> String {
        let name = "fold\(fold)-\(backbone)-\(method)"
        return String(name.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" })
    }
}

/// mIoU and FB-IoU, 0...1.
public struct MeanScore: Codable, Sendable, Hashable {
    /// Mean foreground IoU over classes.
    public var meanIoU: Double
    /// Mean of foreground and background IoU.
    public var foregroundBackgroundIoU: Double

    /// Two numbers.
    public init(meanIoU: Double, foregroundBackgroundIoU: Double) {
        self.meanIoU = meanIoU
        self.foregroundBackgroundIoU = foregroundBackgroundIoU
    }

    /// The two numbers of a result.
    public init(_ result: EvaluationResult) {
        self.init(meanIoU: result.meanIoU, foregroundBackgroundIoU: result.foregroundBackgroundIoU)
    }

    /// "41.8 (66.9)", in percent.
    public var text: String { "\((meanIoU * 100).rounded(to: 1)) (\((foregroundBackgroundIoU * 100).rounded(to: 1)))" }
}

extension Array where Element: Hashable {
    /// The elements without repeats, in the order of their first occurrence.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
