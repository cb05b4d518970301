import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite("Pages of reports") struct PageTests {
    /// Names as nobody should choose them.
    static let hostile = [
        "<script>alert(1)</script>", "\"quoted\" & 'single'", "\u{202E}right to left", "عربي",
        String(repeating: "long", count: 80),
        "a\u{0}b\u{7}c", "</style><b>", "",
    ]

    private static func cell(_ fold: Int, _ backbone: String, _ method: String, _ level: Double) throws -> EvaluationCell {
        var random = NumPyRandom(seed: 3)
        let dataset = OverlappingDataset()
        let scores = (0..<30).map { index in
            let hit = UInt64(min(max(level * 1000 + Double(random.interval(300)) - 150, 0), 1000))
            return EpisodeScore(
                classID: dataset.classes[index % 3].id, foreground: IoUCounts(intersection: hit, union: 1000),
                background: IoUCounts(intersection: 800, union: 1000))
        }
        var result = try EvaluationResult(scores: scores, episodes: [], dataset: dataset, resamples: 200)
        for index in result.classes.indices { result.classes[index].name = hostile[(index + fold) % hostile.count] }
        return EvaluationCell(fold: fold, backbone: backbone, method: method, result: result)
    }

    private static func gallery(_ count: Int, bytes: Int = 900) -> EpisodeGallery {
        let ranks = EpisodeRank.allCases.flatMap { rank in Array(repeating: rank, count: count) }
        let episodes = ranks.enumerated().map { index, rank in
            EpisodeFigure(
                rank: rank, index: index, query: hostile[index % hostile.count], className: hostile[(index + 1) % hostile.count],
                iou: 0.5, pictures: [.init(caption: "found", jpeg: Data(repeating: 7, count: bytes))])
        }
        return EpisodeGallery(title: hostile[0], episodes: episodes)
    }

    private static let origin = ReportOrigin(
        facts: [ReportFact("protocol", hostile[0])], command: ["fss", "evaluate", "--dataset", "it's here", hostile[0], ""],
        manifest: "{\"a\" : \"</pre><script>\"}")

    private static func page() throws -> EvaluationPage {
        let cells = [
            try cell(0, hostile[0], "contrast", 0.3), try cell(0, hostile[0], EvaluationCell.diffUp, 0.6),
            try cell(1, hostile[0], "contrast", 0.35), try cell(1, hostile[0], EvaluationCell.diffUp, 0.5),
        ]
        return EvaluationPage(
            title: hostile[1], subtitle: hostile[2], cells: cells, galleries: [gallery(2)], remarks: hostile, origin: origin)
    }

    /// The elements of a page, parsed by hand: every opened one is closed by its own end.
    private static func elements(_ page: String) throws -> [String: Int] {
        let single: Set<String> = ["meta", "link", "img"]
        var open: [String] = []
        var counts: [String: Int] = [:]
        for match in page.matches(of: #/<(\/?)([a-z0-9]+)((?:\s+[a-zA-Z0-9-]+="[^"<>]*")*)>/#) {
            let name = String(match.2)
            if match.1 == "/" {
                #expect(open.popLast() == name)
            } else {
                counts[name, default: 0] += 1
                if !single.contains(name) { open.append(name) }
            }
        }
        #expect(open.isEmpty, "\(open)")
        return counts
    }

    @Test("No text becomes markup, every element ends, nothing comes from elsewhere")
    func escaping() throws {
        let text = try Self.page().html()
        let counts = try Self.elements(text)
        #expect(text.hasPrefix("<!doctype html>\n"))
        #expect(counts["script"] == nil && counts["b"].map { $0 > 0 } == true && counts["style"] == 1)
        #expect(!text.contains("<script") && text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(text.contains("&quot;quoted&quot; &amp; &#39;single&#39;"))
        // Every angle bracket belongs to an element that the parser found, but for those of the style and the first line.
        let tags = text.matches(of: #/<(\/?)([a-z0-9]+)((?:\s+[a-zA-Z0-9-]+="[^"<>]*")*)>/#).count + 1
        #expect(text.count { $0 == "<" } == tags)
        #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" && $0 != "\t" })
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("url("))
        #expect(text.matches(of: #/src="([^"]*)"/#).allSatisfy { $0.1.hasPrefix("data:image/jpeg;base64,") })
        #expect(counts["img"] == 6)
    }

    @Test("The same values give the same text, with headline, interval, matrix, classes, remarks, manifest and command")
    func content() throws {
        let page = try Self.page()
        let text = page.html()
        #expect(try Self.page().html() == text)
        let headline = try #require(EvaluationHeadline(page.cells))
        #expect(headline.entry.method == EvaluationCell.diffUp && headline.folds == [0, 1])
        let interval = try #require(headline.entry.interval)
        #expect(interval.lower < headline.entry.score.meanIoU && headline.entry.score.meanIoU < interval.upper)
        #expect(text.contains("95 % interval \(PageParts.range(interval))"))
        for word in ["mean of folds", "Class by class", "Remarks", "How it was made", "The whole manifest", "Best", "Worst"] {
            #expect(text.contains(word), "\(word)")
        }
        #expect(text.contains("fss evaluate --dataset &#39;it&#39;\\&#39;&#39;s here&#39;"))
        #expect(text.contains("viewport") && text.contains("prefers-color-scheme:dark") && text.contains("@media print"))
    }

    @Test("Scores without the counts of their episodes, one class that was not asked for, and nothing at all still make a page")
    func sparse() throws {
        var page = try Self.page()
        page.galleries = []
        for index in page.cells.indices {
            page.cells[index].result.scores = []
            page.cells[index].result.classes[1].iou = nil
        }
        #expect(EvaluationHeadline(page.cells)?.entry.interval == nil)
        var counts = try Self.elements(page.html())
        #expect(counts["img"] == nil)
        page.cells = [page.cells[1]]
        #expect(EvaluationHeadline(page.cells)?.entry.interval == page.cells[0].result.meanIoUInterval)
        page.cells = []
        counts = try Self.elements(page.html())
        #expect(counts["h1"] == 1)
    }

    @Test("Pictures stay below a limit: fewer episodes of every score first, then fewer scores")
    func limit() {
        let galleries = [Self.gallery(3), Self.gallery(3)]
        #expect(GalleryPart.fitting(galleries, 18 * 900) == galleries)
        let fewer = GalleryPart.fitting(galleries, 18 * 900 - 1)
        #expect(fewer.map(\.episodes.count) == [6, 6])
        #expect(Set(fewer[0].episodes.map(\.rank)).count == 3 && fewer[0].episodes.last?.index == 8)
        #expect(GalleryPart.fitting(galleries, 3 * 900).map(\.episodes.count) == [3])
        #expect(GalleryPart.fitting(galleries, 10).isEmpty)
        #expect(GalleryPart(galleries: galleries, limit: 3 * 900).html[0].source.contains("3 of 18 drawn episodes"))
    }

    @Test("Pictures of an episode are small JPEG files of its support, truth and result")
    func figures() throws {
        let dataset = Shapes5iDataset(Shapes5i(imagesPerClass: 2), split: .validation, fold: 0)
        let items = dataset.items.filter { $0.classID == dataset.classes[0].id }
        let reference = EpisodeReference(query: items[0].id, classID: items[0].classID, supports: [items[1].id])
        let loaded = try EpisodeLoader(dataset: dataset).load(reference)
        let figure = try EpisodeFigure(
            rank: .best, index: 4, reference: reference, loaded: loaded, result: loaded.truth.object, iou: 1)
        #expect(figure.pictures.map(\.caption) == ["support: mask", "truth", "found"])
        for picture in figure.pictures {
            let image = try ImageFile.decode([UInt8](picture.jpeg), name: picture.caption)
            #expect(max(image.width, image.height) <= EpisodeFigure.side && picture.jpeg.count < 60_000)
        }
        let wide = RGBImage(height: 3, width: 4000)
        #expect(wide.bounded(320).width == 320 && wide.bounded(320).height == 1 && wide.bounded(5000) == wide)
        #expect(try JSONDecoder().decode(EpisodeFigure.self, from: JSONEncoder().encode(figure)) == figure)
    }

    @Test("Episodes of every third, without repeats, whatever the number")
    func ranks() {
        for count in 0..<9 {
            let scores = (0..<count).map { Double(($0 * 7) % 9) }
            for shown in 0..<12 {
                let chosen = EpisodeChoice.ranked(scores, count: shown)
                #expect(Set(chosen.map(\.index)).count == min(count, shown) && chosen.count == min(count, shown))
                #expect(chosen.map { scores[$0.index] } == chosen.map { scores[$0.index] }.sorted(by: >))
            }
        }
    }

    @Test("A training's page and curve follow its logs; rows that a kill cut are left out")
    func training() throws {
        try withTemporaryFolder { folder in
            let rows = (1...500).map { [String($0), String(1 / Double($0)), "0.001", "1", "0.1"] }
            let log = folder.appending(path: "metrics.csv")
            let header = ["step", "loss", "learning_rate", "gradient_norm", "seconds"]
            try TextFile.writeCSV(header: header, rows: rows + [["501", "nan", "0.001", "1", "0.1"], ["502", "0."]], to: log)
            try TextFile.writeCSV(
                header: ["step", "miou", "fb_iou"], rows: [["100", "0.4", "0.5"], ["200", "0.45", "0.5"]],
                to: folder.appending(path: "evaluation.csv"))
            let curves = try TrainingCurves(contentsOf: folder)
            #expect(curves.loss.points.count == 500 && curves.heldOut.points.last == Curve.Point(step: 200, value: 0.45))
            let page = TrainingPage(title: Self.hostile[0], curves: curves, origin: Self.origin)
            let counts = try Self.elements(page.html())
            #expect(counts["svg"] == 3 && counts["polyline"] == 3 && counts["polygon"] == 1)
            #expect(page.html().contains("45.0") && page.html().contains("at step 200"))
            try FileManager.default.removeItem(at: folder.appending(path: "evaluation.csv"))
            let alone = TrainingPage(title: "t", curves: try TrainingCurves(contentsOf: folder), origin: Self.origin).html()
            #expect(try Self.elements(alone)["svg"] == 2)
            #expect(alone.contains("mean of the last tenth"))
            try Data("step,loss\n".utf8).write(to: log)
            let nothing = TrainingPage(title: "t", curves: try TrainingCurves(contentsOf: folder), origin: Self.origin).html()
            #expect(try Self.elements(nothing)["svg"] == nil)
        }
    }

    @Test("A curve in a terminal is as wide as it may be at most, falls where the numbers fall, and names its ends")
    func terminalCurve() {
        let curve = Curve(name: "loss", points: (1...300).map { Curve.Point(step: $0, value: 2 - Double($0) / 200) })
        for columns in [12, 40, 79, 400] {
            let lines = curve.lines(columns: columns, rows: 5)
            #expect(lines.count == 7 && lines.allSatisfy { $0.columns <= columns }, "\(columns)")
            #expect(lines[1].contains("█") && lines[5].last == "▁" && lines[1].columns < lines[5].columns, "\(lines)")
        }
        let lines = curve.lines(columns: 60, rows: 5)
        #expect(
            lines[0].hasSuffix("loss") && lines[6].hasSuffix("300") && lines[1].hasPrefix(" 1.9") && lines[5].hasPrefix("0.5"))
        #expect(curve.lines(columns: 3).isEmpty && curve.lines(columns: 60, rows: 0).isEmpty)
        #expect(Curve(name: "loss", points: []).lines(columns: 60).isEmpty)
        let flat = Curve(name: "loss", points: [Curve.Point(step: 1, value: 3), Curve.Point(step: 2, value: .nan)])
        #expect(flat.lines(columns: 60, rows: 2) == ["     loss", "3.00", "3.00 ▁", "     1"])
    }

    @Test("Numbers are short")
    func numbers() {
        let texts = [0, 0.000012, -0.0005, 0.0123, 0.5, 1.25, 250, 1_234_567].map(ShortNumber.text)
        #expect(texts == ["0", "1.2e-5", "-5.0e-4", "0.0123", "0.500", "1.25", "250", "1.2e6"])
    }
}
