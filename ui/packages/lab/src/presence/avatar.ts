import { textColor, type IPerson } from './person';

/**
 * A person as a small disc: initials, colour, and the name for who hears or points.
 *
 * @param label What a screen reader says and a tooltip shows.
 */
export function avatar(person: IPerson, label: string): HTMLElement {
  const disc = document.createElement('span');
  disc.className = 'tandem-Avatar';
  disc.setAttribute('role', 'img');
  disc.setAttribute('aria-label', label);
  disc.title = label;
  disc.textContent = person.initials;
  disc.style.backgroundColor = person.color;
  disc.style.color = textColor(person.color);
  return disc;
}
