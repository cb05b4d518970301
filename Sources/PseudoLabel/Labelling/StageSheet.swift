public import Datasets

/// A picture sheet of photos on their way through all stages: photo, labels after each stage, truth.
public struct StageSheet: Sendable {
    private var rows: [[PictureSheet.Tile]] = []
    private var sides: (height: Int, width: Int) = (0, 0)

    /// An empty sheet.
    public init() {}

    /// Whether no photo is on it.
    public var isEmpty: Bool { rows.isEmpty }

    /// Adds a photo.
    ///
    /// - Parameters:
    ///   - labels: one map a stage, in their order.
    ///   - truth: nil where nobody knows it.
    public mutating func add(
        _ photo: RGBImage, _ labels: [(stage: PseudoLabelStage, map: ClassMap)], truth: ClassMap?, caption: String
    ) {
        var row = [PictureSheet.Tile(photo, caption: caption)]
        row += labels.map { PictureSheet.Tile(photo.overlaid(with: $0.map), caption: $0.stage.rawValue) }
        if let truth { row.append(PictureSheet.Tile(photo.overlaid(with: truth), caption: "truth")) }
        rows.append(row)
        sides = (max(sides.height, photo.height), max(sides.width, photo.width))
    }

    /// Draws the sheet. Pixels without a label are white.
    public func rendered(title: String) -> RGBImage {
        let scale = 160 / Double(max(sides.height, sides.width, 1))
        func side(_ extent: Int) -> Int { max(16, Int(Double(extent) * scale)) }
        return PictureSheet(title: title, rows: rows, cellHeight: side(sides.height), cellWidth: side(sides.width)).rendered()
    }
}
