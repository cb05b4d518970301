internal import Foundation

/// A report of sections with texts, tables, bars and pictures as one page, for runs that no other page is made for.
public struct SectionPage: Sendable {
    /// A piece of a section.
    public enum Part: Sendable {
        /// A paragraph.
        case text(String)
        /// A table; all cells are texts.
        case table(titles: [String], rows: [[String]])
        /// A bar a row with its value and, where there is one, its interval; shares of 0...1.
        case bars([Bar])
        /// A picture in the width of the page.
        case picture(RGBImage, description: String)
    }

    /// A bar with its name.
    public struct Bar: Sendable, Hashable {
        /// What it shows.
        public var name: String
        /// 0...1; nil where there is no value.
        public var share: Double?
        /// Where the value lies.
        public var interval: ConfidenceInterval?
        /// Whether it has the colour of what the page is about.
        public var isHighlighted: Bool

        /// Describes a bar.
        public init(_ name: String, share: Double?, interval: ConfidenceInterval? = nil, isHighlighted: Bool = false) {
            (self.name, self.share, self.interval, self.isHighlighted) = (name, share, interval, isHighlighted)
        }
    }

    /// A section.
    public struct Section: Sendable {
        /// Its heading.
        public var title: String
        /// What stands in it.
        public var parts: [Part]

        /// A section.
        public init(_ title: String, _ parts: [Part]) { (self.title, self.parts) = (title, parts) }
    }

    /// The heading.
    public var title: String
    /// The line below.
    public var subtitle: String
    /// The sections; one without parts is left out.
    public var sections: [Section]
    /// What whoever reads the page should know.
    public var remarks: [String]
    /// How to get the same again.
    public var origin: ReportOrigin

    /// A page.
    public init(
        title: String, subtitle: String, sections: [Section], remarks: [String] = [],
        origin: ReportOrigin = ReportOrigin(facts: [])
    ) {
        (self.title, self.subtitle, self.sections) = (title, subtitle, sections)
        (self.remarks, self.origin) = (remarks, origin)
    }

    /// The text of the page; the same values give the same text.
    ///
    /// - Throws: ``ImageError`` for a picture that JPEG cannot hold.
    public func html() throws -> String {
        var body = [PageParts.head(title, subtitle)]
        body += try sections.filter { !$0.parts.isEmpty }.map { PageParts.section($0.title, try $0.parts.map(Self.html)) }
        body += PageParts.remarks(remarks)
        return HTML.page(title: title, style: PageStyle.sheet, body + PageParts.origin(origin))
    }

    private static func html(_ part: Part) throws -> HTML {
        switch part {
        case .text(let text): return .tag("p", [:], .name(text))
        case .table(let titles, let rows): return PageParts.table(titles, rows)
        case .bars(let bars): return .tag("div", ["class": "rows"], bars.map(row))
        case .picture(let image, let description):
            let bytes = try ImageCodec.jpeg(image, file: description, quality: pictureQuality)
            let source = "data:image/jpeg;base64," + Data(bytes).base64EncodedString()
            return .tag(
                "figure", [:], .void("img", ["src": source, "alt": description]), .tag("figcaption", [:], .name(description)))
        }
    }

    private static let pictureQuality = 85

    private static func row(_ bar: Bar) -> HTML {
        let value = PageParts.percent(bar.share)
        let range = bar.interval.map { " (\(PageParts.range($0)))" } ?? ""
        let picture = BarPicture(
            bars: [.init(share: bar.share, interval: bar.interval, place: bar.isHighlighted ? 0 : 1)],
            description: "\(bar.name): \(value) %\(range)")
        return .tag(
            "div", ["class": "row"], .tag("span", [:], .name(bar.name)),
            .tag("span", ["class": "value"], HTML(value), .tag("small", text: range)), picture.html)
    }
}
