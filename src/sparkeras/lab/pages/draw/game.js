/** A game of twenty seconds: draw the digit that is asked for; each one that the network recognises counts. */

const SECONDS = 20;
const SURE = 0.6;

const article = (name) => (/^[8aefhilmnorsx]/i.test(name) ? "an" : "a"); // as one says the name of a digit or letter

export class Game {
  /** @param show called with the words of the moment; next: called when the paper should be empty again */
  constructor(show, next) {
    this.show = show;
    this.next = next;
    this.running = false;
  }

  start(classes) {
    this.classes = classes;
    this.score = 0;
    this.running = true;
    this.ends = performance.now() + SECONDS * 1000;
    this.ask();
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 250);
  }

  ask() {
    const others = this.classes.filter((each) => each !== this.wanted);
    this.wanted = others[Math.floor(Math.random() * others.length)];
    this.next();
    this.tick();
  }

  tick() {
    const left = Math.ceil((this.ends - performance.now()) / 1000);
    if (left > 0) {
      this.show(`Draw ${article(this.wanted)} ${this.wanted} (${left} s, ${this.score} right)`);
      return;
    }
    clearInterval(this.clock);
    this.running = false;
    this.show(`Time is up: ${this.score} right.`);
  }

  /** Take what the network says of the drawing. */
  hear({ name, sure }) {
    if (!this.running || name !== this.wanted || sure < SURE) return;
    this.score += 1;
    this.ask();
  }
}
