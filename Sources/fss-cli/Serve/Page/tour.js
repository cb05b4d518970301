// Two minutes on the drawn photos: each step says what to do, and can do it.

export class Tour {
  constructor(page) {
    this.page = page;
    this.place = 0;
    const { $ } = page;
    $("tour-next").addEventListener("click", () => this.show(this.place + 1));
    $("tour-back").addEventListener("click", () => this.show(this.place - 1));
    $("tour-close").addEventListener("click", () => this.end());
    $("tour-do").addEventListener("click", () => this.steps[this.place].work?.());
  }

  get steps() {
    const { $, state, choose, stroke, correct } = this.page;
    const marked = () => state.photos.find((photo) => photo.suggestion);
    const other = () => state.photos.find((photo) => !photo.isMarked && photo.found);
    const press = (id) => () => $(id).click();
    return [
      {
        title: "Mark a thing",
        text: "These three photos are drawn, and the model has never seen such a thing. Draw a box around the thing in the first photo, "
          + "or scribble over it: drag on the photo.",
        label: marked() ? "Draw the box for me" : null,
        work: async () => {
          const photo = marked();
          if (!photo) return;
          await choose(photo);
          const x = photo.frame.width / photo.width, y = photo.frame.height / photo.height, [x0, y0, x1, y1] = photo.suggestion;
          stroke({ kind: "box", box: [x0 * x, y0 * y, x1 * x, y1 * y] });
        },
      },
      {
        title: "See what the model sees",
        text: "The orange area is what was found. Prior shows how alike every place is to what you marked, before the mask is drawn: "
          + "bright is alike.",
        label: "Show or hide the prior",
        work: press("show-prior"),
      },
      {
        title: "Found in the others",
        text: "The other photos were searched as well, and so is every photo that you drop on the page. Choose one on the left.",
        label: "Show the next photo",
        work: () => {
          const place = state.photos.indexOf(state.chosen);
          choose(state.photos[(place + 1) % state.photos.length]);
        },
      },
      {
        title: "Correct it",
        text: "Where a result is wrong, make it a mask, then paint and erase. The photo joins the concept, and all others are searched again.",
        label: "Correct this result",
        work: async () => {
          if (!state.chosen?.found && other()) await choose(other());
          if (state.chosen?.found) correct();
        },
      },
      {
        title: "Take it with you",
        text: "The concept is one small file with your marked photos: load it here again, or use it with fss predict --concept. The results "
          + "come in the formats of other tools. For photos of your own get a backbone first: fss weights download densenet169-torchvision.",
        label: null,
      },
    ];
  }

  begin() {
    this.page.$("tour").hidden = false;
    this.show(0);
  }

  end() {
    this.page.$("tour").hidden = true;
    this.page.$("tour-open").focus();
  }

  show(place) {
    const { $ } = this.page, { steps } = this;
    if (place >= steps.length) { this.end(); return; }
    this.place = Math.max(0, place);
    const step = steps[this.place];
    $("tour-title").textContent = `${this.place + 1} of ${steps.length}: ${step.title}`;
    $("tour-text").textContent = step.text;
    $("tour-do").hidden = !step.label;
    $("tour-do").textContent = step.label ?? "";
    $("tour-back").disabled = this.place === 0;
    $("tour-next").textContent = this.place === steps.length - 1 ? "Done" : "Next";
    $("tour-title").focus();
  }
}
