internal import Foundation

/// The best, median and worst episodes of a page.
struct GalleryPart {
    let galleries: [EpisodeGallery]
    /// The bytes that all pictures have at most.
    let limit: Int

    /// Nothing where there are no pictures.
    var html: [HTML] {
        let all = galleries.filter { !$0.episodes.isEmpty }
        if all.isEmpty { return [] }
        let shown = Self.fitting(all, limit)
        let legend = [("mark", "support's annotation"), ("truth", "truth"), ("found", "found")].map { kind, text in
            HTML.tag("li", ["class": kind], .tag("i"), .tag("span", text: text))
        }
        var parts: [HTML] = [.tag("ul", ["class": "legend"], legend)]
        for gallery in shown {
            if all.count > 1 { parts.append(.tag("h3", [:], .name(gallery.title))) }
            for rank in EpisodeRank.allCases {
                let own = gallery.episodes.filter { $0.rank == rank }
                if own.isEmpty { continue }
                parts.append(.tag("h3", text: Self.title(rank)))
                parts.append(.tag("div", ["class": "cards"], own.map(Self.card)))
            }
        }
        let (kept, count) = (shown.flatMap(\.episodes).count, all.flatMap(\.episodes).count)
        if kept < count {
            let text =
                "\(kept) of \(count) drawn episodes are shown, so that the page stays small; the others are in the folder pictures."
            parts.append(.tag("p", [:], .tag("small", text: text)))
        }
        return [PageParts.section("Episodes", parts)]
    }

    /// What fits: fewer episodes of every score first, then fewer scores.
    static func fitting(_ galleries: [EpisodeGallery], _ limit: Int) -> [EpisodeGallery] {
        func bytes(_ galleries: [EpisodeGallery]) -> Int { galleries.reduce(0) { $0 + $1.byteCount } }
        if bytes(galleries) <= limit { return galleries }
        let most = galleries.map(\.episodes.count).max() ?? 0
        for count in stride(from: most, to: 0, by: -1) {
            let fewer = galleries.map { $0.limited(to: count) }
            if bytes(fewer) <= limit { return fewer }
        }
        var kept = galleries.map { $0.limited(to: 1) }
        while bytes(kept) > limit { kept.removeLast() }
        return kept
    }

    private static func title(_ rank: EpisodeRank) -> String {
        switch rank {
        case .best: "Best"
        case .median: "Around the median"
        case .worst: "Worst"
        }
    }

    private static func card(_ episode: EpisodeFigure) -> HTML {
        let pictures = episode.pictures.map { picture in
            let source = "data:image/jpeg;base64," + picture.jpeg.base64EncodedString()
            let image = HTML.void("img", ["src": source, "alt": "\(picture.caption), episode \(episode.index)"])
            return HTML.tag("figure", [:], image, .tag("figcaption", text: picture.caption))
        }
        let score = HTML.tag("b", text: "\(PageParts.percent(episode.iou)) %")
        return .tag(
            "article", ["class": "card"], .tag("header", [:], score, .tag("span", [:], .name(episode.className))),
            .tag("div", ["class": "shots"], pictures),
            .tag("footer", [:], HTML("episode \(episode.index), query "), .name(episode.query)))
    }
}
