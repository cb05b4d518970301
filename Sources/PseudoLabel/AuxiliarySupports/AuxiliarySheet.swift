public import Datasets
public import Diffusion

/// Supports beside what the generator was told and what it made of them, a row each; below a picture its number, and the cosine of its
/// features inside the mask with the support's where the maker compares.
public struct AuxiliarySheet: Sendable {
    private let title: String
    private var rows: [[PictureSheet.Tile]] = []

    /// Makes what the maker's cache lacks.
    ///
    /// - Throws: what the maker throws.
    public init(_ supports: [ShownSupport], _ maker: AuxiliaryMaker, title: String? = nil) throws {
        self.title = title ?? "Supports, \(maker.settings.control.rawValue), and what was made of them"
        rows = try supports.map { shown in try Self.row(shown, maker) }
    }

    private static func row(_ shown: ShownSupport, _ maker: AuxiliaryMaker) throws -> [PictureSheet.Tile] {
        let support = shown.support
        let control = try maker.condition.picture(of: support, className: shown.item.name)
        let made = try maker.companions(of: support, of: shown.item)
        let own = PictureSheet.Tile(support.image.annotated(with: support.annotation), caption: shown.item.name)
        return [own, PictureSheet.Tile(control, caption: maker.settings.control.rawValue)]
            + made.map { one in
                let score = one.score.map { " \(Double($0.similarity).rounded(to: 2))" } ?? ""
                return PictureSheet.Tile(outlined(one.support), caption: "\(one.index)\(score)")
            }
    }

    /// The picture with its mask's outline only, so that what is inside can be seen.
    private static func outlined(_ support: Support) -> RGBImage {
        guard case .mask(let mask) = support.annotation else { return support.image }
        return support.image.overlaid(with: mask, opacity: 0, outline: 1)
    }

    /// Draws the sheet.
    public func rendered() -> RGBImage {
        PictureSheet(title: title, rows: rows, cellHeight: 128, cellWidth: 128).rendered()
    }
}
