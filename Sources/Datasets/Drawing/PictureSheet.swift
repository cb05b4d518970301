/// A page of captioned pictures in rows, for looking at many results at once.
public struct PictureSheet: Sendable {
    /// A picture with a line of text under it.
    public struct Tile: Sendable {
        /// The picture, scaled to fit its cell with its proportions kept.
        public var image: RGBImage
        /// The text; what does not fit is cut and ends in "..".
        public var caption: String

        /// A captioned picture.
        public init(_ image: RGBImage, caption: String = "") {
            self.image = image
            self.caption = caption
        }
    }

    /// The line over all rows, empty for none.
    public var title: String
    /// The pictures, row by row; rows may differ in length.
    public var rows: [[Tile]]
    /// The height of a cell in pixels, without its caption.
    public var cellHeight: Int
    /// The width of a cell in pixels.
    public var cellWidth: Int

    /// A sheet.
    ///
    /// - Precondition: the cell is at least 16 pixels high and wide.
    public init(title: String = "", rows: [[Tile]] = [], cellHeight: Int = 150, cellWidth: Int = 200) {
        precondition(cellHeight >= 16 && cellWidth >= 16, "PictureSheet: cells must be at least 16x16")
        self.title = title
        self.rows = rows
        self.cellHeight = cellHeight
        self.cellWidth = cellWidth
    }

    private static let gap = 8
    private static let captionHeight = 14
    private static let titleHeight = 28
    private static let ink = RGBColor(red: 30, green: 30, blue: 30)

    /// Draws the sheet on white.
    public func rendered() -> RGBImage {
        let columns = max(1, rows.map(\.count).max() ?? 1)
        let top = title.isEmpty ? 0 : Self.titleHeight
        let pitch = (x: cellWidth + Self.gap, y: cellHeight + Self.captionHeight + Self.gap)
        let width = columns * pitch.x + Self.gap
        let height = rows.count * pitch.y + Self.gap + top
        var sheet = RGBImage(height: height, width: width, red: 255, green: 255, blue: 255)
        if !title.isEmpty {
            let text = Self.fitted(title, width: width - 2 * Self.gap, scale: 2)
            sheet.write(text, x: Self.gap, y: Self.gap, color: Self.ink, scale: 2)
        }
        for (row, tiles) in rows.enumerated() {
            for (column, tile) in tiles.enumerated() {
                let (x, y) = (Self.gap + column * pitch.x, top + Self.gap + row * pitch.y)
                let image = fitted(tile.image)
                sheet.paste(image, x: x + (cellWidth - image.width) / 2, y: y + cellHeight - image.height)
                let text = Self.fitted(tile.caption, width: cellWidth, scale: 1)
                sheet.write(text, x: x, y: y + cellHeight + 3, color: Self.ink)
            }
        }
        return sheet
    }

    /// The image in the largest size that fits the cell; small maps keep their pixels visible.
    private func fitted(_ image: RGBImage) -> RGBImage {
        let scale = min(Double(cellWidth) / Double(image.width), Double(cellHeight) / Double(image.height))
        let width = min(cellWidth, max(1, Int((Double(image.width) * scale).rounded())))
        let height = min(cellHeight, max(1, Int((Double(image.height) * scale).rounded())))
        if scale >= 2 { return image.resizedNearest(height: height, width: width) }
        return image.resized(height: height, width: width, filter: .bicubic)
    }

    private static func fitted(_ text: String, width: Int, scale: Int) -> String {
        let room = width / ((BitmapFont.width + 1) * scale)
        return text.count <= room ? text : String(text.prefix(max(0, room - 2))) + ".."
    }
}
