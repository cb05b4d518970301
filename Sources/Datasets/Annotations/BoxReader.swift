/// Turns boxes as people give them into pixels of one photo.
///
/// A box is `x0 y0 x1 y1` in pixels. Fractions are rounded outward; a box that reaches beyond the photo is cut and remarked upon.
/// Boxes that tell by their numbers that another convention was meant are refused with the numbers that would be right.
struct BoxReader {
    /// How the numbers are meant.
    static let convention = "x0 y0 x1 y1 in pixels, x0 < x1 and y0 < y1"

    let height: Int
    let width: Int
    /// Stands in messages.
    let file: String
    private var cut = 0
    private var firstCut = ""

    init(height: Int, width: Int, file: String) {
        self.height = height
        self.width = width
        self.file = file
    }

    /// What whoever reads the result should know.
    var remarks: [String] {
        if cut == 0 { return [] }
        let boxes = cut == 1 ? "a box reaches" : "\(cut) boxes reach"
        return ["\(file): \(boxes) beyond the photo of \(width)x\(height) and is cut there (\(firstCut))."]
            .map { cut == 1 ? $0 : $0.replacing("and is cut", with: "and are cut") }
    }

    /// The pixels of a box.
    ///
    /// - Throws: ``DatasetError`` for anything but four finite numbers within ±10^9, for numbers in 0...1 (they are shares of the
    ///   photo), for corners in another order, and for a box outside of the photo.
    mutating func box(_ values: [Double], place: String) throws(DatasetError) -> Box {
        let text = values.map(Self.short).joined(separator: " ")
        func problem(_ found: String, _ advice: String) -> DatasetError {
            DatasetError(file: file, place: place, found: found, expected: Self.convention, advice: advice)
        }
        guard values.count == 4, values.allSatisfy({ abs($0) <= 1e9 }) else {
            throw problem(text.isEmpty ? "no number" : text, "give four numbers in pixels of the photo")
        }
        let (x0, y0, x1, y1) = (values[0], values[1], values[2], values[3])
        if values.allSatisfy({ (0...1).contains($0) }) && max(width, height) > 1 {
            throw problem("\(text), which are shares of the photo", normalisedAdvice(values))
        }
        guard x0 < x1 && y0 < y1 else { throw problem(text, orderAdvice(values)) }
        let isOutside = x0 >= Double(width) || y0 >= Double(height) || x1 <= 0 || y1 <= 0
        if isOutside {
            throw problem(
                "\(text), outside of the photo of \(width)x\(height)", swappedAxes(values) ?? "give pixels of the photo")
        }
        let isInside = x0 >= 0 && y0 >= 0 && x1 <= Double(width) && y1 <= Double(height)
        if !isInside {
            if cut == 0 { firstCut = [place, text].filter { !$0.isEmpty }.joined(separator: ": ") + hint(values) }
            cut += 1
        }
        return Box(
            x0: Int(max(x0, 0).rounded(.down)), y0: Int(max(y0, 0).rounded(.down)),
            x1: min(Int(x1.rounded(.up)), width), y1: min(Int(y1.rounded(.up)), height))
    }

    /// Shares in pixels, as corners or, where they cannot be corners, as centre and size.
    private func normalisedAdvice(_ values: [Double]) -> String {
        let scaled = zip(values, [width, height, width, height]).map { ($0 * Double($1)).rounded() }
        let (x, y, w, h) = (scaled[0], scaled[1], scaled[2], scaled[3])
        let corners = scaled.map(Self.short).joined(separator: " ")
        let centred = [x - w / 2, y - h / 2, x + w / 2, y + h / 2].map { Self.short(max($0.rounded(), 0)) }.joined(separator: " ")
        let advice = "multiply by \(width) and \(height): "
        let line = "a YOLO line has its class before the four numbers"
        if values[2] <= values[0] || values[3] <= values[1] { return advice + "as centre and size that is \(centred); \(line)" }
        return advice + "as corners that is \(corners), as centre and size \(centred); \(line)"
    }

    /// What numbers whose second corner is not below and right of the first may mean.
    private func orderAdvice(_ values: [Double]) -> String {
        let (x, y, w, h) = (values[0], values[1], values[2], values[3])
        let fits = w > 0 && h > 0 && x + w <= Double(width) && y + h <= Double(height)
        if fits {
            let corners = [x, y, x + w, y + h].map(Self.short).joined(separator: " ")
            return "if they are x y width height, give \(corners)"
        }
        if x != w && y != h {
            let corners = [min(x, w), min(y, h), max(x, w), max(y, h)].map(Self.short).joined(separator: " ")
            return "if they are two corners in another order, give \(corners)"
        }
        return "a box has at least one column and one row"
    }

    private func hint(_ values: [Double]) -> String { swappedAxes(values).map { "; \($0)" } ?? "" }

    /// The advice for `y0 x0 y1 x1`, where that lies in the photo.
    private func swappedAxes(_ values: [Double]) -> String? {
        let limits = [height, width, height, width].map(Double.init)
        guard zip(values, limits).allSatisfy({ (0...$1).contains($0) }) else { return nil }
        let corners = [values[1], values[0], values[3], values[2]].map(Self.short).joined(separator: " ")
        return "if they are y0 x0 y1 x1, give \(corners)"
    }

    /// A number without a fraction that says nothing.
    static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
