// Shows what a link is about and, on Continue, exchanges its secret for a cookie.
// Everything that comes from people is put into text nodes.
'use strict';
(() => {
  const KEPT = 'tandem-link';
  const { proof, api } = document.body.dataset;
  const element = id => document.getElementById(id);

  const WHAT = { document: 'a document', folder: 'a folder', server: 'all files of this server' };
  const ROLES = {
    viewer: 'look at it as it changes, and see who is there',
    commenter: 'look at it and comment',
    suggester: 'look at it, comment and suggest changes',
    editor: 'look at it, comment and change it'
  };
  const RUN = ' and run code as its owner, on their computer, with their files';

  // The secret leaves the address bar and the history at once. Signing in leads away and back: it is kept
  // in this tab for that long.
  function takeSecret() {
    const secret = location.hash.slice(1);
    if (secret) {
      history.replaceState(null, '', location.pathname);
      return secret;
    }
    const kept = sessionStorage.getItem(KEPT) ?? '';
    sessionStorage.removeItem(KEPT);
    return kept;
  }

  /** What a refusal is called, by its status; the server's sentence says the rest. */
  const REFUSALS = {
    403: 'This link does not let you in',
    404: 'There is no such link',
    410: 'This link has ended',
    429: 'Please wait a moment'
  };

  class Refusal extends Error {
    constructor(status, sentence) {
      super(sentence);
      this.title = REFUSALS[status] ?? 'The link cannot be opened now';
    }
  }

  async function ask(what, body) {
    const response = await reach(`${api}/${what}`, {
      method: 'POST',
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
      headers: { 'Content-Type': 'application/json', 'X-XSRFToken': proof },
      body: JSON.stringify(body)
    });
    let answer;
    try {
      answer = await response.json();
    } catch {
      answer = {};
    }
    if (!response.ok) {
      const sentence = answer.message || 'Something went wrong. Try again in a moment.';
      throw new Refusal(response.status, sentence);
    }
    return answer;
  }

  async function reach(url, request) {
    try {
      return await fetch(url, request);
    } catch {
      throw new Refusal(0, 'The server cannot be reached. Try again in a moment.');
    }
  }

  function say(title, sentence) {
    element('title').textContent = title;
    element('sentence').textContent = sentence;
    document.querySelector('main').setAttribute('aria-busy', 'false');
  }

  /** Says, above the button, why one cannot go on; nothing with ''. */
  function object(sentence) {
    element('problem').textContent = sentence;
    element('problem').hidden = sentence === '';
  }

  function show(preview) {
    const name = preview.name || WHAT[preview.kind] || '';
    say(
      preview.by ? `${preview.by} shares “${name}” with you` : `“${name}” is shared with you`,
      ''
    );
    document.title = 'Shared with you';
    element('what').textContent = `${name} (${WHAT[preview.kind] ?? preview.kind})`;
    element('by').textContent = preview.by || 'the owner of this server';
    element('role').textContent =
      (ROLES[preview.role] ?? preview.role) + (preview.may_run ? RUN : '');
    element('until').textContent = preview.expires_at
      ? new Date(preview.expires_at * 1000).toLocaleString([], {
          dateStyle: 'long',
          timeStyle: 'short'
        })
      : 'it is taken back';
    element('name').value = preview.known_as ?? preview.suggested_name;
    element('name-field').hidden = preview.known_as !== null || preview.sign_in;
    element('password-field').hidden = !preview.password || preview.sign_in;
    element('continue').hidden = preview.sign_in;
    element('form').hidden = false;
    if (preview.sign_in) {
      element('sentence').textContent =
        'This link is for people with an account here. Sign in first.';
      const link = element('sign-in');
      link.href = preview.login_url;
      link.hidden = false;
    }
    element('title').focus();
  }

  async function open() {
    const secret = takeSecret();
    if (!secret) {
      say(
        'Open the link again',
        'For your safety the link is not kept here. Open it from where you got it.'
      );
      return;
    }
    let preview;
    try {
      preview = await ask('look', { secret });
    } catch (error) {
      say(error.title ?? 'This link does not open', error.message);
      element('title').focus();
      return;
    }
    if (preview.gone) {
      say('What this link leads to is gone', 'It was deleted. Ask the person who sent the link.');
      return;
    }
    show(preview);
    element('sign-in').addEventListener('click', () => sessionStorage.setItem(KEPT, secret));
    element('form').addEventListener('submit', async event => {
      event.preventDefault();
      object('');
      element('continue').disabled = true;
      try {
        const answer = await ask('redeem', {
          secret,
          display_name: preview.known_as === null ? element('name').value : '',
          password: element('password').value
        });
        location.replace(answer.url);
      } catch (error) {
        object(error.message);
        element('continue').disabled = false;
      }
    });
  }

  void open();
})();
